import { expect, test } from 'vitest'
import { bootstrapDistribution, bootstrapInterval } from './bootstrap.ts'

const sample = [2.1, 3.4, 1.9, 5.6, 4.4, 3.8, 2.7, 6.1, 3.3, 4.9]
const mean = (indices: Uint32Array) => indices.reduce((sum, index) => sum + sample[index]!, 0) / indices.length

test('the interval of a mean agrees with scipy.stats.bootstrap 1.17.1', () => {
  const interval = bootstrapInterval(sample.length, mean, { resamples: 20_000 })
  // scipy, percentile, 200,000 resamples: (3.00, 4.67); 0.03 is three standard errors of a quantile of 20,000 resamples
  expect(Math.abs(interval.low - 3.0)).toBeLessThan(0.03)
  expect(Math.abs(interval.high - 4.67)).toBeLessThan(0.03)
})

test('the spread of the resampled mean is the standard error σ / √n', () => {
  const values = bootstrapDistribution(sample.length, mean, { resamples: 20_000 })
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length)
  const population = Math.sqrt(sample.reduce((sum, value) => sum + (value - 3.82) ** 2, 0) / sample.length)
  expect(spread).toBeCloseTo(population / Math.sqrt(sample.length), 2)
})

test('the same seed gives the same interval, another seed another', () => {
  const at = (seed: number) => bootstrapInterval(sample.length, mean, { seed, resamples: 200 })
  expect(at(1)).toEqual(at(1))
  expect(at(1)).not.toEqual(at(2))
})

test('a higher level gives a wider interval', () => {
  const [wide, narrow] = [0.99, 0.8].map((level) => bootstrapInterval(sample.length, mean, { level }))
  expect(wide!.low).toBeLessThan(narrow!.low)
  expect(wide!.high).toBeGreaterThan(narrow!.high)
})

test('covers the truth about as often as it says', () => {
  let covered = 0
  for (let trial = 0; trial < 200; trial++) {
    const coins = Array.from({ length: 100 }, (_, i) =>
      Math.abs(Math.sin((trial * 100 + i + 1) * 12.9898) * 43758.5453) % 1 < 0.7 ? 1 : 0,
    )
    const share = (indices: Uint32Array) =>
      indices.reduce((sum: number, index) => sum + coins[index]!, 0) / indices.length
    const { low, high } = bootstrapInterval(100, share, { resamples: 300, seed: trial })
    if (low <= 0.7 && 0.7 <= high) covered += 1
  }
  expect(covered / 200).toBeGreaterThan(0.88) // 0.95 less four standard errors of 200 trials
})

test('refuses no items, no resamples, a level outside (0, 1), a statistic that is not finite', () => {
  expect(() => bootstrapInterval(0, mean)).toThrow('the number of items must be a whole number above 0, got 0')
  expect(() => bootstrapInterval(10, mean, { resamples: 0 })).toThrow('resamples must be')
  expect(() => bootstrapInterval(10, mean, { level: 95 })).toThrow('a 95% interval has level 0.95')
  expect(() => bootstrapInterval(10, () => Number.NaN)).toThrow('must be finite')
})
