import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairedDifference } from './paired-difference.ts'

test('sees a difference that unpaired intervals would hide', () => {
  const difficulty = Array.from({ length: 50 }, (_, item) => item * 10)
  const first = difficulty.map((value, item) => value + 1 + (item % 2) * 0.1)
  const { difference, interval } = pairedDifference(first, difficulty)
  expect(difference).toBeCloseTo(1.05, 12)
  expect(interval.low).toBeGreaterThan(1)
  expect(interval.high).toBeLessThan(1.1)
})

test('two equal sides differ by exactly nothing', () => {
  expect(pairedDifference([1, 0, 1], [1, 0, 1])).toEqual({ difference: 0, interval: { low: 0, high: 0, level: 0.95 } })
})

test('swapping the sides changes the sign', () => {
  const side = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 20, maxLength: 20 })
  fc.assert(
    fc.property(side, side, (a, b) => {
      const [forward, backward] = [
        pairedDifference(a, b, { resamples: 100 }),
        pairedDifference(b, a, { resamples: 100 }),
      ]
      expect(forward.difference).toBeCloseTo(-backward.difference, 12)
      expect(forward.interval.low).toBeCloseTo(-backward.interval.high, 12)
    }),
    { numRuns: 30 },
  )
})

test('refuses sides of different length', () => {
  expect(() => pairedDifference([1], [1, 2])).toThrow('the sides have 1 and 2 items')
})
