import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantile } from './quantile.ts'

test('agrees with numpy.quantile 2.4.6', () => {
  const sample = [1.9, 2.1, 2.7, 3.3, 3.4, 3.8, 4.4, 4.9, 5.6, 6.1]
  const expected = [1.9, 2.08, 2.85, 3.6, 5.65, 6.1]
  for (const [index, p] of [0, 0.1, 0.25, 0.5, 0.9, 1].entries())
    expect(quantile(sample, p)).toBeCloseTo(expected[index]!, 12)
})

test('never falls as p rises, and stays within the sample', () => {
  const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 })
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(sample, share, share, (values, p, q) => {
      const sorted = Float64Array.from(values).sort()
      const [low, high] = [quantile(sorted, Math.min(p, q)), quantile(sorted, Math.max(p, q))]
      const slack = 1e-9 * Math.max(1, Math.abs(high)) // interpolation rounds
      expect(low).toBeLessThanOrEqual(high + slack)
      expect(low).toBeGreaterThanOrEqual(sorted[0]! - slack)
      expect(high).toBeLessThanOrEqual(sorted.at(-1)! + slack)
    }),
  )
})

test('refuses an empty sample and a p that is no share', () => {
  expect(() => quantile([], 0.5)).toThrow('the sample is empty')
  expect(() => quantile([1], 1.5)).toThrow('p must be from 0 to 1, got 1.5')
})
