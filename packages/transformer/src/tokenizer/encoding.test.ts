import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { trainTokenizer } from './train.ts'

const texts = ['The cat sat on the mat.', "It's the cat's mat, isn't it?", 'naïve café 你好 😀']
const tokenizer = trainTokenizer(texts, { vocabularySize: 280 })
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom('The', ' cat', "'s", ' ', '\n', '你好', '😀', '\ud83d', 'é', '1'), { maxLength: 20 })
    .map((parts) => parts.join('')),
)
const word = (length: number): string => '\u0001'.repeat(length) // never merged: one id each

function pairs(offsets: Int32Array): [number, number][] {
  return Array.from({ length: offsets.length / 2 }, (_, at) => [
    offsets[2 * at] as number,
    offsets[2 * at + 1] as number,
  ])
}

describe('offsets', () => {
  const bare = { specialTokens: false } as const

  test('cover the text from start to end without a gap, in order', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const spans = pairs(tokenizer.encoding(text, { ...bare, offsets: 'utf16' }).offsets)
        let covered = 0
        for (const [start, end] of spans) {
          expect(start).toBeLessThanOrEqual(covered)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeGreaterThanOrEqual(covered)
          covered = end
        }
        expect(covered).toBe(text.length)
      }),
      { numRuns: 500 },
    )
  })

  test('lead to text that holds the characters of the token', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids, offsets } = tokenizer.encoding(text, { ...bare, offsets: 'utf16' })
        pairs(offsets).forEach(([start, end], at) => {
          const token = tokenizer.decode([ids[at] as number])
          const slice = text.slice(start, end).toWellFormed()
          if (token.includes('\ufffd')) return // part of a character, or what a lone surrogate becomes
          expect(slice).toContain(token)
        })
      }),
      { numRuns: 500 },
    )
  })

  test('in code points are those in UTF-16 units, counted in characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const inUnits = [...tokenizer.encoding(text, { ...bare, offsets: 'utf16' }).offsets]
        const inPoints = [...tokenizer.encoding(text, bare).offsets]
        expect(inPoints).toEqual(inUnits.map((place) => [...text.slice(0, place)].length))
      }),
      { numRuns: 500 },
    )
  })

  test('know nothing of a space that was put in front', () => {
    const spaced = trainTokenizer(texts, { vocabularySize: 280, addPrefixSpace: true })
    expect(pairs(spaced.encoding('cat', bare).offsets)).toEqual([[0, 3]])
    expect(pairs(spaced.encoding(' cat', bare).offsets)).toEqual([[0, 4]])
    expect(pairs(spaced.encoding('\ncat', bare).offsets)[0]).toEqual([0, 0])
  })

  test('of special tokens in the text are theirs, spaces that are stripped belong to none', () => {
    const text = '😀 <mask> cat</s>'
    const { ids, offsets, specialMask } = tokenizer.encoding(text, {
      ...bare,
      parseSpecialTokens: true,
      offsets: 'utf16',
    })
    const spans = pairs(offsets).map(([start, end]) => text.slice(start, end))
    expect(spans.slice(-3)).toEqual(['<mask>', ' cat', '</s>'])
    expect([...specialMask]).toEqual([...ids].map((id) => Number(tokenizer.isSpecial(id))))
    expect(spans).not.toContain(' ')
  })

  test('pass over bytes that have no token', () => {
    const seen = trainTokenizer(['abab'], { vocabularySize: 12, alphabet: 'seen', specialTokens: [] })
    expect(pairs(seen.encoding('xab😀ab', bare).offsets)).toEqual([
      [1, 3],
      [4, 6],
    ])
    const unknown = trainTokenizer(['abab'], { vocabularySize: 12, alphabet: 'seen', specialTokens: ['<unk>'] })
    expect(pairs(unknown.encoding('éab', bare).offsets)).toEqual([
      [0, 1],
      [0, 1],
      [1, 3],
    ])
  })
})

describe('an encoding', () => {
  test('of a pair says of each token which text it is of', () => {
    const { ids, texts: owners, typeIds, specialMask, offsets, cut } = tokenizer.encoding(['cat', word(2)])
    expect([...ids]).toEqual([...tokenizer.encode(['cat', word(2)])])
    const catLength = tokenizer.encode('cat', { specialTokens: false }).length
    const cat = new Array<number>(catLength)
    expect([...owners]).toEqual([-1, ...cat.fill(0), -1, -1, 1, 1, -1])
    expect([...typeIds]).toEqual([0, ...cat.fill(0), 0, 1, 1, 1, 1])
    expect([...specialMask]).toEqual([1, ...cat.fill(0), 1, 1, 0, 0, 1])
    expect(pairs(offsets).slice(-4)).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
      [0, 0],
    ])
    expect(cut).toEqual([0, 0])
  })

  test('has the ids of encode, and counts what was cut', () => {
    const length = fc.nat({ max: 12 })
    const truncation = fc.constantFrom('longest-first', 'first', 'second', 'none')
    fc.assert(
      fc.property(
        length,
        fc.option(length),
        fc.integer({ min: 4, max: 20 }),
        truncation,
        (first, second, maxLength, how) => {
          const input = second === null ? word(first) : ([word(first), word(second)] as const)
          const options = { maxLength, truncation: how } as const
          const total = first + (second ?? 0) + (second === null ? 2 : 4)
          const excess = Math.max(0, total - maxLength)
          const canCut = { 'longest-first': total, first, second: second ?? 0, none: 0 }[how]
          if (excess > canCut) {
            expect(() => tokenizer.encoding(input, options)).toThrow(/too long for maxLength, and truncation/)
            expect(() => tokenizer.encode(input, options)).toThrow(/too long for maxLength, and truncation/)
            return
          }
          const { ids, cut } = tokenizer.encoding(input, options)
          expect(ids).toEqual(tokenizer.encode(input, options))
          expect(ids).toHaveLength(total - excess)
          expect(cut.reduce((sum, count) => sum + count, 0)).toBe(excess)
          if (how === 'first') expect(cut[0]).toBe(excess)
          if (how === 'second') expect(cut[0]).toBe(0)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test("truncation 'none' says how long the text is", () => {
    expect(() => tokenizer.encode(word(600), { maxLength: 512, truncation: 'none' })).toThrow(
      /texts of 600 tokens are 90 too long for maxLength, and truncation 'none' cannot cut them; shorten them/,
    )
  })
})

describe('windows', () => {
  test('show every token of a long text, neighbours share as many as asked for', () => {
    const small = fc.nat({ max: 6 })
    fc.assert(
      fc.property(fc.nat({ max: 40 }), small, small, (length, stride, more) => {
        const size = stride + more + 1
        const windows = tokenizer.windows(word(length), { maxLength: size + 2, stride })
        const seen: number[] = []
        windows.forEach(({ ids, offsets, texts: owners }, index) => {
          expect(ids.length).toBeLessThanOrEqual(size + 2)
          expect(index === windows.length - 1 || ids.length === size + 2, 'all but the last are full').toBe(true)
          const places = pairs(offsets)
            .filter((_, at) => owners[at] === 0)
            .map(([start]) => start)
          if (index > 0) expect(places.slice(0, stride)).toEqual(seen.slice(seen.length - stride))
          seen.push(...places.slice(index > 0 ? stride : 0))
        })
        expect(seen).toEqual(Array.from({ length }, (_, at) => at))
      }),
      { numRuns: 500 },
    )
  })

  test('of a pair have the first text whole', () => {
    const windows = tokenizer.windows([word(2), word(7)], { maxLength: 9, stride: 1 })
    expect(windows.map(({ texts: owners }) => owners.join(' '))).toEqual([
      '-1 0 0 -1 -1 1 1 1 -1',
      '-1 0 0 -1 -1 1 1 1 -1',
      '-1 0 0 -1 -1 1 1 1 -1',
    ])
  })

  test('without room for a new token are an error', () => {
    expect(() => tokenizer.windows('a', { maxLength: 6, stride: 4 })).toThrow(/stride.*less than the 4 tokens.*got 4/)
    expect(() => tokenizer.windows('a', { maxLength: 6, stride: 0.5 })).toThrow(/whole number.*got 0.5/)
    expect(() => tokenizer.windows('a', { maxLength: Infinity })).toThrow(/must be finite/)
    expect(() => tokenizer.windows([word(9), 'b'], { maxLength: 10 })).toThrow(/less than the -3 tokens/)
  })
})
