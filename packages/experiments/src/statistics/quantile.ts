import { checkLevel, type Interval } from './interval.ts'

/**
 * The value below which a share p of the sample lies: with h = (n - 1) p, x₍⌊h⌋₎ + (h - ⌊h⌋) (x₍⌊h⌋+1₎ - x₍⌊h⌋₎).
 *
 * @param sorted the sample in ascending order, not empty
 * @param p from 0 to 1
 * @see Hyndman & Fan 1996, Sample quantiles in statistical packages, definition 7
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('quantile: the sample is empty; a quantile needs at least one value')
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: p must be from 0 to 1, got ${p}`)
  const position = (sorted.length - 1) * p
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (position - below) * (high - low)
}

/** The interval that leaves (1 - level) / 2 of the values out at either end. */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval {
  checkLevel('percentileInterval', level)
  const sorted = Float64Array.from(values).sort()
  return { low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2), level }
}
