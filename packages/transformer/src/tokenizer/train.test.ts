import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteSymbols } from './byte-alphabet.ts'
import { trainTokenizer } from './train.ts'

interface TrainingFixture {
  readonly name: string
  readonly text: string
  readonly add_prefix_space: boolean
  readonly vocab: Record<string, number>
  readonly merges: [string, string][]
  readonly encode: { text: string; ids: number[]; tokens: string[] }[]
}

const fixtures: { cases: TrainingFixture[] } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/bpe-training.json', import.meta.url), 'utf8'),
)

describe('Hugging Face tokenizers 0.23.2 learns the same', () => {
  test.each(fixtures.cases)('$name (prefix space: $add_prefix_space)', (fixture) => {
    const tokenizer = trainTokenizer(fixture.text.match(/[^\n]*\n|[^\n]+/g) ?? [], {
      vocabularySize: 30_000,
      minFrequency: 0,
      specialTokens: [],
      alphabet: 'seen',
      addPrefixSpace: fixture.add_prefix_space,
    })
    expect(tokenizer.model.merges).toEqual(fixture.merges)
    expect(Object.fromEntries(tokenizer.model.vocabulary.map((token, id) => [token, id]))).toEqual(fixture.vocab)
    for (const { text, ids } of fixture.encode) expect([...tokenizer.encode(text)]).toEqual(ids)
  })
})

/** The definition: recount every pair after every merge. Words are letters only, so a text is one word. */
function learnByDefinition(texts: readonly string[], alphabet: readonly string[], merges: number): string[][] {
  const vocabulary = [...alphabet]
  const words = texts.map((text) => [...text])
  const learned: string[][] = []
  while (learned.length < merges) {
    const counts = new Map<string, number>()
    for (const word of words) {
      for (let at = 0; at + 1 < word.length; at++) {
        const pair = `${word[at]} ${word[at + 1]}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    }
    const rank = (pair: string): number[] => pair.split(' ').map((token) => vocabulary.indexOf(token))
    const compare = ([a, countA]: [string, number], [b, countB]: [string, number]): number => {
      const [leftA = 0, rightA = 0] = rank(a)
      const [leftB = 0, rightB = 0] = rank(b)
      return countB - countA || leftA - leftB || rightA - rightB
    }
    const [best] = [...counts].sort(compare)
    if (best === undefined || best[1] < 2) break
    const [left, right] = best[0].split(' ') as [string, string]
    learned.push([left, right])
    if (!vocabulary.includes(left + right)) vocabulary.push(left + right)
    for (const word of words) {
      for (let at = 0; at + 1 < word.length; at++) {
        if (word[at] === left && word[at + 1] === right) word.splice(at, 2, left + right)
      }
    }
  }
  return learned
}

test('incremental counts learn the same merges as recounting everything', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), (texts) => {
      const alphabet = [...byteSymbols].sort()
      const tokenizer = trainTokenizer(texts, { vocabularySize: 276, specialTokens: [] })
      const expected = learnByDefinition(texts, alphabet, tokenizer.model.merges.length)
      expect(tokenizer.model.merges).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('special tokens come first, then the bytes, then one token per merge', () => {
  const { vocabulary } = trainTokenizer(['low lower lowest'], { vocabularySize: 264 }).model
  expect(vocabulary.slice(0, 7)).toEqual(['<s>', '<pad>', '</s>', '<unk>', '<mask>', '!', '"'])
  expect(vocabulary[260]).toBe('Ń')
  expect(vocabulary.slice(261)).toEqual(['lo', 'low', 'Ġlow'])
})

test('the order of the texts does not matter', () => {
  const texts = ['the cat sat', 'on the mat', 'that the rat ate', "it's 3.14!"]
  const options = { vocabularySize: 300 }
  expect(trainTokenizer([...texts].reverse(), options).model).toEqual(trainTokenizer(texts, options).model)
})

test('texts without further pairs give a smaller vocabulary', () => {
  expect(trainTokenizer(['abab'], { vocabularySize: 1000 }).vocabularySize).toBe(262)
  expect(trainTokenizer([], { vocabularySize: 1000 }).vocabularySize).toBe(261)
})

test('no merge spells a special token', () => {
  const tokenizer = trainTokenizer(['maskmaskmask maskmask'], { vocabularySize: 300, specialTokens: ['mask'] })
  expect(tokenizer.decode(tokenizer.encode('a mask'))).toBe('a mask')
  expect(tokenizer.encode('mask')).not.toContain(0)
})

test('a vocabulary too small, not whole or with a token twice is an error that says so', () => {
  expect(() => trainTokenizer(['a'], { vocabularySize: 100 })).toThrow(/vocabularySize 100 is too small.*need 261/)
  expect(() => trainTokenizer(['a'], { vocabularySize: 300.5 })).toThrow(/whole number, got 300.5/)
  expect(() => trainTokenizer(['a'], { vocabularySize: 300, specialTokens: ['a'] })).toThrow(/special token "a"/)
})

test('one endless word is learned from in reasonable time', () => {
  const { merges } = trainTokenizer(['ab'.repeat(500_000)], { vocabularySize: 268 }).model
  expect(merges.slice(0, 3)).toEqual([
    ['a', 'b'],
    ['ab', 'ab'],
    ['abab', 'abab'],
  ])
})

test('progress is reported while counting and while merging', () => {
  const phases = new Set<string>()
  const texts = Array.from({ length: 1000 }, (_, index) => `number ${index}`)
  trainTokenizer(texts, { vocabularySize: 270, onProgress: ({ phase }) => phases.add(phase) })
  expect([...phases]).toEqual(['counting', 'merging'])
})
