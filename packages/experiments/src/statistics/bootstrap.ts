import { key } from '@tlc/tensor'
import { checkLevel, type Interval } from './interval.ts'
import { percentileInterval } from './quantile.ts'
import { randomIndices } from './random-indices.ts'

export interface BootstrapOptions {
  /** confidence, default 0.95 */
  readonly level?: number
  /** how many resamples, default 2000 */
  readonly resamples?: number
  /** default 0; the same seed gives the same interval */
  readonly seed?: number
}

/**
 * Percentile bootstrap: the statistic of `resamples` samples of n items drawn with replacement from the n items;
 * the interval runs from their quantile (1 - level) / 2 to their quantile (1 + level) / 2.
 *
 * @param count n, the number of items
 * @param statistic of the items at the given indices; the array is reused between calls. It must be a finite number
 * @see Efron & Tibshirani 1993, An introduction to the bootstrap, section 13.3
 */
export function bootstrapInterval(
  count: number,
  statistic: (indices: Uint32Array) => number,
  options: BootstrapOptions = {},
): Interval {
  const { level = 0.95 } = options
  checkLevel('bootstrapInterval', level)
  return percentileInterval(bootstrapDistribution(count, statistic, options), level)
}

/** The statistic of each resample, in the order drawn. */
export function bootstrapDistribution(
  count: number,
  statistic: (indices: Uint32Array) => number,
  { resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Float64Array {
  if (!(Number.isSafeInteger(count) && count > 0)) {
    throw new RangeError(`bootstrap: the number of items must be a whole number above 0, got ${count}`)
  }
  if (!(Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new RangeError(`bootstrap: resamples must be a whole number above 0, got ${resamples}`)
  }
  const draw = randomIndices(key(seed))
  const indices = new Uint32Array(count)
  return Float64Array.from({ length: resamples }, () => {
    for (let item = 0; item < count; item++) indices[item] = draw(count)
    const value = statistic(indices)
    if (!Number.isFinite(value)) {
      throw new RangeError(`bootstrap: the statistic of a resample is ${value}; it must be finite for every resample`)
    }
    return value
  })
}
