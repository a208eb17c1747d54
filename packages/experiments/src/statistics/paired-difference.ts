import { type BootstrapOptions, bootstrapInterval } from './bootstrap.ts'
import type { Interval } from './interval.ts'

export interface PairedDifference {
  /** mean of first - second */
  readonly difference: number
  readonly interval: Interval
}

/**
 * Mean of aᵢ - bᵢ with the percentile bootstrap interval over the pairs: each resample draws pairs, so what makes an
 * item hard for both sides cancels.
 *
 * @see Koehn 2004, Statistical significance tests for machine translation evaluation, section 4
 */
export function pairedDifference(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: BootstrapOptions = {},
): PairedDifference {
  if (first.length !== second.length) {
    throw new RangeError(
      `pairedDifference: the sides have ${first.length} and ${second.length} items; pairs need as many on each`,
    )
  }
  const differences = Float64Array.from(
    { length: first.length },
    (_, item) => (first[item] as number) - (second[item] as number),
  )
  const interval = bootstrapInterval(differences.length, (indices) => meanAt(differences, indices), options)
  return { difference: meanAt(differences, differences.keys()), interval }
}

function meanAt(values: Float64Array, indices: Iterable<number>): number {
  let sum = 0
  for (const index of indices) sum += values[index] as number
  return sum / values.length
}
