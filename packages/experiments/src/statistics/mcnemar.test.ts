import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairCoinTail, fairCoinTest } from './binomial.ts'
import { mcNemarTest } from './mcnemar.ts'

test('the tails of a fair coin agree with scipy.stats.binom 1.17.1', () => {
  for (const [successes, trials, tail, twoSided] of [
    [3, 10, 0.171875, 0.34375],
    [0, 5, 0.03125, 0.0625],
    [5, 5, 1, 0.0625],
    [120, 300, 0.0003171100034641783, 0.0006342200069283566],
    [4500, 10_000, 7.755320284123319e-24, 1.5510640568246638e-23],
  ] as const) {
    // 1e-9: ten thousand logarithms, each rounded to 1e-16 of values up to 1e4
    expect(fairCoinTail(successes, trials) / tail).toBeCloseTo(1, 9)
    expect(fairCoinTest(successes, trials) / twoSided).toBeCloseTo(1, 9)
  }
})

test('the tail and the rest make one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 400 }), (trials, k) => {
      const successes = Math.min(k, trials)
      expect(fairCoinTail(successes, trials) + fairCoinTail(trials - successes - 1, trials)).toBeCloseTo(1, 10)
    }),
  )
})

test('counts only the items on which the classifiers differ', () => {
  const first = [1, 1, 1, 1, 1, 1, 0, 0, 1, 0]
  const second = [1, 0, 0, 0, 0, 0, 1, 0, 1, 0]
  // 5 against 1: 2 (C(6,0) + C(6,1)) / 2⁶
  expect(mcNemarTest(first, second)).toEqual({ onlyFirst: 5, onlySecond: 1, pValue: expect.closeTo(14 / 64, 12) })
})

test('two classifiers that agree everywhere are no evidence', () => {
  expect(mcNemarTest([true, false], [true, false]).pValue).toBe(1)
})

test('refuses different items', () => {
  expect(() => mcNemarTest([1], [1, 0])).toThrow('saw 1 and 2 items')
})
