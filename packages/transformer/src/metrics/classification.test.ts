import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accuracy } from './accuracy.ts'
import { f1Score, precisionRecallF1 } from './f1-score.ts'
import { matthewsCorrelation } from './matthews-correlation.ts'
import { perplexity } from './perplexity.ts'

/** Predictions and labels with so many of each kind. */
function binary(counts: {
  truePositives: number
  falsePositives: number
  falseNegatives: number
  trueNegatives: number
}) {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts
  const repeat = (pair: readonly [number, number], times: number) =>
    new Array<readonly [number, number]>(times).fill(pair)
  const pairs = [
    ...repeat([1, 1], truePositives),
    ...repeat([1, 0], falsePositives),
    ...repeat([0, 1], falseNegatives),
    ...repeat([0, 0], trueNegatives),
  ]
  return { predictions: pairs.map(([prediction]) => prediction), labels: pairs.map(([, label]) => label) }
}

const some = fc
  .array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 60 })
  .map((pairs) => ({ predictions: pairs.map(([p]) => p), labels: pairs.map(([, l]) => l) }))

describe('two classes', () => {
  const { predictions, labels } = binary({ truePositives: 6, falsePositives: 2, falseNegatives: 1, trueNegatives: 3 })

  test('have the values that are computed by hand', () => {
    expect(accuracy(predictions, labels)).toBe(9 / 12)
    expect(precisionRecallF1(predictions, labels)).toEqual({ precision: 6 / 8, recall: 6 / 7, f1: 12 / 15 })
    expect(precisionRecallF1(predictions, labels, { positive: 0 })).toEqual({
      precision: 3 / 4,
      recall: 3 / 5,
      f1: 6 / 9,
    })
    expect(f1Score(predictions, labels, { average: 'macro' })).toBeCloseTo((12 / 15 + 6 / 9) / 2, 14)
    // (6 · 3 - 2 · 1) / √(8 · 7 · 5 · 4)
    expect(matthewsCorrelation(predictions, labels)).toBeCloseTo(16 / Math.sqrt(1120), 14)
  })

  test('of which one is never predicted have no precision, and nothing is NaN', () => {
    const never = binary({ truePositives: 0, falsePositives: 0, falseNegatives: 2, trueNegatives: 8 })
    expect(precisionRecallF1(never.predictions, never.labels)).toEqual({ precision: 0, recall: 0, f1: 0 })
    expect(precisionRecallF1([0], [0])).toEqual({ precision: 0, recall: 0, f1: 0 })
    expect(matthewsCorrelation(never.predictions, never.labels)).toBe(0)
  })

  test('have the correlation of Matthews 1975', () => {
    const counts = fc.record({
      truePositives: fc.nat(30),
      falsePositives: fc.nat(30),
      falseNegatives: fc.nat(30),
      trueNegatives: fc.nat(30),
    })
    fc.assert(
      fc.property(counts, (each) => {
        const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = each
        fc.pre(tp + fp + fn + tn > 0)
        const spread = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        const given = binary(each)
        expect(matthewsCorrelation(given.predictions, given.labels)).toBeCloseTo(
          spread === 0 ? 0 : (tp * tn - fp * fn) / spread,
          12,
        )
      }),
    )
  })
})

describe('several classes', () => {
  // Of 0: 2 right of 3 predicted and 3 labelled; of 1: 1 of 2 and 3; of 2: 2 of 3 and 2.
  const predictions = [0, 0, 0, 1, 1, 2, 2, 2]
  const labels = [0, 0, 1, 1, 0, 2, 2, 1]

  test('have the values that are computed by hand', () => {
    const { precision, recall, f1 } = precisionRecallF1(predictions, labels, { average: 'macro' })
    expect(precision).toBeCloseTo((2 / 3 + 1 / 2 + 2 / 3) / 3, 14)
    expect(recall).toBeCloseTo((2 / 3 + 1 / 3 + 2 / 2) / 3, 14)
    expect(f1).toBeCloseTo((4 / 6 + 2 / 5 + 4 / 5) / 3, 14)
    // (5 · 8 - (9 + 6 + 6)) / √((64 - 22) (64 - 22))
    expect(matthewsCorrelation(predictions, labels)).toBeCloseTo(19 / 42, 14)
  })

  test('have micro scores that are the accuracy', () => {
    fc.assert(
      fc.property(some, ({ predictions: given, labels: expected }) => {
        const right = accuracy(given, expected)
        expect(precisionRecallF1(given, expected, { average: 'micro' })).toEqual({
          precision: right,
          recall: right,
          f1: right,
        })
      }),
    )
  })

  test('may be renamed, and predictions and labels exchanged', () => {
    fc.assert(
      fc.property(some, ({ predictions: given, labels: expected }) => {
        const rename = (of: number[]) => of.map((label) => 10 - 3 * label)
        const correlation = matthewsCorrelation(given, expected)
        expect(matthewsCorrelation(rename(given), rename(expected))).toBe(correlation)
        expect(matthewsCorrelation(expected, given)).toBe(correlation)
        expect(Math.abs(correlation)).toBeLessThanOrEqual(1 + 1e-12)
        const { precision, recall } = precisionRecallF1(given, expected, { average: 'macro' })
        const exchanged = precisionRecallF1(expected, given, { average: 'macro' })
        // The classes come in another order, and so do the terms of the means.
        expect(exchanged.recall).toBeCloseTo(precision, 12)
        expect(exchanged.precision).toBeCloseTo(recall, 12)
      }),
    )
  })

  test('are all right at 1, unless there is one class only, with which nothing correlates', () => {
    fc.assert(
      fc.property(some, ({ labels: expected }) => {
        expect(accuracy(expected, expected)).toBe(1)
        expect(f1Score(expected, expected, { average: 'macro' })).toBe(1)
        expect(matthewsCorrelation(expected, expected)).toBeCloseTo(new Set(expected).size > 1 ? 1 : 0, 12)
      }),
    )
  })
})

test('nothing, or lists of different lengths, is refused', () => {
  for (const metric of [accuracy, f1Score, matthewsCorrelation]) {
    expect(() => metric([], [])).toThrow('needs one prediction at least, got none')
    expect(() => metric([1, 0], [1])).toThrow('2 predictions for 1 labels; give one for each')
  }
})

test('perplexity is the number of equally likely tokens', () => {
  expect(perplexity(0)).toBe(1)
  expect(perplexity(Math.log(8192))).toBeCloseTo(8192, 8)
  expect(perplexity(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
  expect(() => perplexity(-1)).toThrow('the loss must be >= 0, the mean of -ln p, got -1')
  expect(() => perplexity(Number.NaN)).toThrow('got NaN')
})
