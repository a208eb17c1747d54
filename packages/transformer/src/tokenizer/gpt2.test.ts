import { existsSync, readFileSync } from 'node:fs'
import { Tokenizer as PeerTokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gpt2Vocabulary } from '../../test/gpt2-vocabulary.ts'
import { tokenizerFromVocabulary } from './vocabulary-files.ts'
import { wordEnd } from './words.ts'

const gpt2 = tokenizerFromVocabulary(gpt2Vocabulary.vocab, gpt2Vocabulary.merges)

interface EncodingCase {
  readonly text: string
  readonly ids: number[]
  readonly tokens: string[]
  readonly offsets: [number, number][]
  readonly pretokens: string[]
}

// The texts belong to others, so they are read from beside the repository, where they exist.
const file = new URL('../../../../../shared/fixtures/bpe/encode_cases.json', import.meta.url)

describe.skipIf(!existsSync(file))("GPT-2's vocabulary (skipped without ../shared/fixtures/bpe)", () => {
  const { cases } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { cases: [] }) as {
    cases: EncodingCase[]
  }

  test('every text of the fixture has the ids of the original encoder, and comes back', () => {
    expect(cases).toHaveLength(243)
    for (const { text, ids, tokens } of cases) {
      expect([...gpt2.encode(text)]).toEqual(ids)
      expect(ids.map((id) => gpt2.tokenOf(id))).toEqual(tokens)
      expect(gpt2.decode(ids)).toBe(text.toWellFormed())
    }
  })

  test("every text is divided into the same words, and its tokens have Hugging Face's offsets in code points", () => {
    for (const { text, ids, offsets, pretokens } of cases) {
      const words: string[] = []
      for (let start = 0, end = 0; start < text.length; start = end) {
        end = wordEnd(text, start)
        words.push(text.slice(start, end))
      }
      expect(words).toEqual(pretokens)
      const encoding = gpt2.encoding(text)
      expect([...encoding.ids]).toEqual(ids)
      expect([...encoding.offsets]).toEqual(offsets.flat())
    }
  })
})

test('any text has the ids that npm @huggingface/tokenizers gives it', () => {
  const peer = new PeerTokenizer(JSON.parse(JSON.stringify(gpt2)), {})
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc
      .array(fc.constantFrom('The', ' end', "'s", ' ', '  ', '\n', '\t', '你好', '😀', '12', '!?', 'é', 'ß'))
      .map((parts) => parts.join('')),
  )
  // To JavaScript's \s U+FEFF is a space and U+0085 is none; to Unicode, and so to the original, it is the other way round.
  const disputed = /[\ufeff\u0085]/u
  fc.assert(
    fc.property(
      text.filter((candidate) => !disputed.test(candidate)),
      (candidate) => {
        const ids = [...gpt2.encode(candidate)]
        expect(ids).toEqual(peer.encode(candidate).ids)
        if (ids.length === 0) return // of no ids the peer decodes nothing
        expect(peer.decode(ids, { clean_up_tokenization_spaces: false })).toBe(gpt2.decode(ids))
      },
    ),
    { numRuns: 1000 },
  )
})
