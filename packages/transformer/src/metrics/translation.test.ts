import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpusBleu, sentenceBleu } from './bleu.ts'
import { bleuTokenizers } from './bleu-tokenizers.ts'
import { chrf } from './chrf.ts'
import { translationEditRate } from './ter.ts'

const sentence = fc.array(fc.constantFrom('a', 'b', 'c', 'the', 'Cat', '12.5', '(x)', 'ß'), {
  minLength: 4,
  maxLength: 12,
})
const text = sentence.map((words) => words.join(' '))

describe('BLEU, of sentences counted by hand', () => {
  const reference = 'the cat sat on the mat'

  test('is the geometric mean of precisions', () => {
    // 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, none of 3 quadruples, which counts as a half of one.
    const { score, counts, totals, brevityPenalty } = corpusBleu(['the cat sat in the mat'], [[reference]])
    expect([counts, totals, brevityPenalty]).toEqual([[5, 3, 1, 0], [6, 5, 4, 3], 1])
    expect(score).toBeCloseTo(100 * ((5 / 6) * (3 / 5) * (1 / 4) * (1 / 6)) ** (1 / 4), 10)
  })

  test('counts a word no more often than a reference has it', () => {
    expect(corpusBleu(['the the the the the the the'], [[reference]]).counts).toEqual([2, 0, 0, 0])
  })

  test('punishes what is shorter than the nearest reference', () => {
    const { brevityPenalty, referenceLength } = corpusBleu(
      ['the cat sat'],
      [[reference, 'the cat sat on a mat today', 'a a a a']],
    )
    expect(referenceLength).toBe(4)
    expect(brevityPenalty).toBeCloseTo(Math.exp(1 - 4 / 3), 14)
  })

  test('smooths orders without a match, each in its way', () => {
    const scoreOf = (options: Parameters<typeof sentenceBleu>[2]) =>
      sentenceBleu('the cat ran', ['the cat sat'], options).score
    const root = (...precisions: number[]) =>
      100 * precisions.reduce((product, p) => product * p, 1) ** (1 / precisions.length)
    expect(scoreOf({ smoothing: 'none' })).toBe(0)
    expect(scoreOf({ smoothing: 'floor', smoothingValue: 0.1 })).toBeCloseTo(root(2 / 3, 1 / 2, 0.1 / 1), 10)
    expect(scoreOf({ smoothing: 'add-k' })).toBeCloseTo(root(2 / 3, 2 / 3, 1 / 2, 1), 10)
    expect(scoreOf({ smoothing: 'exp' })).toBeCloseTo(root(2 / 3, 1 / 2, 1 / 2), 10)
    expect(scoreOf({ smoothing: 'exp', effectiveOrder: false })).toBe(0)
  })

  test('refuses orders and smoothing that cannot be', () => {
    expect(() => corpusBleu(['a'], [['a']], { maxOrder: 0 })).toThrow('maxOrder must be a whole number >= 1, got 0')
    expect(() => corpusBleu(['a'], [['a']], { smoothingValue: -1 })).toThrow('smoothingValue must be >= 0, got -1')
  })

  test('adds up the counts of a corpus before it divides', () => {
    const { counts, totals } = corpusBleu(['a b c d e', 'x y'], [['a b c d z'], ['x y']], { tokenizer: 'none' })
    expect([counts, totals]).toEqual([
      [6, 4, 2, 1],
      [7, 5, 3, 2],
    ])
  })

  test('says what it depends on, and its line rounds ties to even', () => {
    const settings = { tokenizer: 'intl', lowercase: true, smoothing: 'add-k', smoothingValue: 2 } as const
    expect(corpusBleu(['a', 'b'], [['a'], ['b', 'c']], settings).signature).toBe(
      'nrefs:var|case:lc|eff:no|tok:intl|smooth:add-k[2.00]|version:2.6.0',
    )
    // 1 of 16 words is 6.25%
    const words = Array.from({ length: 16 }, (_, index) => `w${index}`).join(' ')
    expect(corpusBleu([words], [['w3']], { maxOrder: 1 }).text).toBe(
      'BLEU = 6.25 6.2 (BP = 1.000 ratio = 16.000 hyp_len = 16 ref_len = 1)',
    )
  })
})

test('tokenizers keep numbers and words whole, each in its way', () => {
  const given = 'Mr. O’Neill paid 1,000.50$ – really? &quot;Yes&quot;, 3-4 times.'
  expect(bleuTokenizers['13a'](given)).toBe('Mr . O’Neill paid 1,000.50 $ – really ? " Yes " , 3 - 4 times .')
  expect(bleuTokenizers.intl(given)).toBe(
    'Mr . O ’ Neill paid 1,000.50 $ – really ? & quot ; Yes & quot ; , 3-4 times .',
  )
  expect(bleuTokenizers.none(given)).toBe(given)
  expect(bleuTokenizers.char('a b😀')).toBe('a   b 😀')
  expect(bleuTokenizers.zh('我爱NLP。')).toBe('我 爱 NLP 。')
})

describe('chrF, counted by hand', () => {
  test('weighs recall with β²', () => {
    // abc and abd, orders 1 to 3: P = R = (2/3 + 1/2 + 0) / 3
    expect(chrf(['abc'], [['abd']]).score).toBeCloseTo((100 * 7) / 18, 10)
    // ab and abcd, orders 1 and 2: P = 1, R = (2/4 + 1/3) / 2 = 5/12; F = 5PR / (4P + R)
    expect(chrf(['ab'], [['abcd']]).score).toBeCloseTo((100 * 5 * (5 / 12)) / (4 + 5 / 12), 10)
  })

  test('does not see white space unless it is told to, and words with their marks apart', () => {
    expect(chrf(['a bc'], [['ab c']]).score).toBeCloseTo(100, 10)
    expect(chrf(['a bc'], [['ab c']], { whiteSpace: true }).score).toBeLessThan(60)
    // The words are "x", "y", "!", so of words 3 of 3 and 2 of 2 match, as do all characters.
    expect(chrf(['x y!'], [['x y !']], { wordOrder: 2 }).score).toBeCloseTo(100, 10)
    expect(chrf(['x'], [['x']], { wordOrder: 2 }).name).toBe('chrF2++')
  })
})

describe('TER, counted by hand', () => {
  test('counts a word inserted, deleted or substituted', () => {
    expect(translationEditRate(['a b c d'], [['a x c d e']])).toMatchObject({ edits: 2, referenceLength: 5, score: 40 })
    expect(translationEditRate(['a b c'], [['a c']]).edits).toBe(1)
  })

  test('counts words that moved together as one edit', () => {
    expect(translationEditRate(['at the lake we sang songs'], [['we sang songs at the lake']]).edits).toBe(1)
    // Two words moved, one substituted, one deleted.
    expect(translationEditRate(['at noon all of us ate old soup'], [['all of us ate hot soup at noon']]).edits).toBe(2)
    expect(
      translationEditRate(['at noon all of us then ate old soup'], [['all of us ate hot soup at noon']]).edits,
    ).toBe(3)
  })

  test('is of the nearest reference, over the mean length', () => {
    expect(translationEditRate(['a b c'], [['a b c d', 'x y']])).toMatchObject({ edits: 1, referenceLength: 3 })
    expect(translationEditRate([''], [['']]).score).toBe(0)
  })
})

describe('every metric', () => {
  test('is perfect for the reference itself, and does not depend on the order of sentences', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 4 }), (triples) => {
        const hypotheses = triples.map(([hypothesis]) => hypothesis)
        const references = triples.map(([, first, second]) => [first, second])
        for (const metric of [corpusBleu, chrf, translationEditRate]) {
          const own = metric(
            hypotheses,
            triples.map(([hypothesis, other]) => [other, hypothesis]),
          )
          const perfect = metric === translationEditRate ? 0 : 100
          expect(own.score).toBeCloseTo(perfect, 8)
          const { score } = metric(hypotheses, references)
          expect(metric(hypotheses.toReversed(), references.toReversed()).score).toBeCloseTo(score, 8)
          expect(score).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('refuses nothing, lists of different lengths and a hypothesis without a reference', () => {
    for (const metric of [corpusBleu, chrf, translationEditRate]) {
      expect(() => metric([], [])).toThrow('needs one hypothesis at least, got none')
      expect(() => metric(['a'], [['a'], ['b']])).toThrow('1 hypotheses, but references for 2')
      expect(() => metric(['a', 'b'], [['a'], []])).toThrow('hypothesis 1 has no reference')
    }
  })
})
