import { expect, test } from 'vitest'
import { pairedDifference } from './paired-difference.ts'
import { pairedProportions } from './paired-proportions.ts'

const first = Array.from({ length: 2000 }, (_, item) => (item % 5 === 0 ? 0 : 1))
const second = first.map((right, item) => (item % 37 === 0 ? 1 - right : right))

test('is the mean of the differences with the standard error of a mean', () => {
  const { difference, interval } = pairedProportions(first, second)
  const differences = first.map((right, item) => right - second[item]!)
  const mean = differences.reduce((sum, value) => sum + value, 0) / 2000
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000
  expect(difference).toBeCloseTo(mean, 14)
  // 1.96115 is the 97.5% quantile of Student's t at 1999 degrees of freedom (scipy 1.17.1)
  expect(interval.high - mean).toBeCloseTo(1.9611514201705613 * Math.sqrt(variance / 2000), 10)
})

test('agrees with the bootstrap', () => {
  const [quick, slow] = [pairedProportions(first, second), pairedDifference(first, second)]
  expect(quick.difference).toBeCloseTo(slow.difference, 14)
  // 8e-4: the standard error of a quantile of 2,000 resamples is 2e-4 here, and the bootstrap moves in steps of 5e-4
  expect(Math.abs(quick.interval.low - slow.interval.low)).toBeLessThan(8e-4)
  expect(Math.abs(quick.interval.high - slow.interval.high)).toBeLessThan(8e-4)
})

test('equal answers differ by nothing for certain', () => {
  expect(pairedProportions(first, first)).toEqual({ difference: 0, interval: { low: 0, high: 0, level: 0.95 } })
})

test('refuses different items', () => {
  expect(() => pairedProportions([1], [1, 0])).toThrow('1 and 2 items')
})
