import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordEnd } from './words.ts'

const pattern =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

function words(text: string): string[] {
  const found: string[] = []
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = wordEnd(text, start)
    found.push(text.slice(start, end))
  }
  return found
}

test('the scanner finds the matches of the regular expression in any text', () => {
  const tricky = fc.string({
    unit: fc.constantFrom(
      ..." \t\n\u00a0\u0085\u3000\u200d\ufeff'stmdrvel",
      "'ll",
      '😀',
      '𝔘',
      '𝟘',
      '\ud800',
      '\udc00',
      'é',
      '中',
      '½',
      '-',
      '1',
    ),
  })
  const any = fc.string({ unit: 'binary', maxLength: 200 })
  fc.assert(
    fc.property(fc.oneof(tricky, any), (text) => {
      expect(words(text)).toEqual(text.match(pattern) ?? [])
    }),
    { numRuns: 500 },
  )
})

test('a contraction is a word, a space goes with the word after it', () => {
  expect(words("I'll say  it's 10 o'clock!\n")).toEqual([
    'I',
    "'ll",
    ' say',
    ' ',
    ' it',
    "'s",
    ' 10',
    ' o',
    "'",
    'clock',
    '!',
    '\n',
  ])
})

test('a word of ten million letters is one word', () => {
  expect(wordEnd('中'.repeat(1e7), 0)).toBe(1e7)
})
