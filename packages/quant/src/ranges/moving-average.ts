import { extremes, type Range, type RangeRule } from './range-rule.ts'

/**
 * The ends of the batches, averaged: low += c (low of the batch - low), beginning with the first batch's; high alike.
 * A single outlier is forgotten after some 1 / c batches.
 *
 * @param share c, the weight of the newest batch: 0 < c <= 1, 0.01 by default
 * @throws RangeError if c is not within 0 < c <= 1
 * @see Jacob et al. 2018, section 3.1
 */
export function movingAverage(share = 0.01): RangeRule {
  if (!(share > 0 && share <= 1)) throw new RangeError(`movingAverage: c must be within 0 < c <= 1, got ${share}`)
  return () => {
    let seen: Range | undefined
    return {
      observe(values) {
        const { low, high } = extremes(values)
        seen = seen
          ? { low: seen.low + share * (low - seen.low), high: seen.high + share * (high - seen.high) }
          : { low, high }
      },
      range: () => seen ?? extremes(new Float32Array(0)),
    }
  }
}
