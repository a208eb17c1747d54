import type { GridName } from '../schemes/affine/grid.ts'

/** The ends of a range of numbers, low <= high. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** Watches numbers, one batch or several, and says how far a grid for them should reach. */
export interface RangeObserver {
  observe(values: Float32Array): void
  /** @throws RangeError if nothing was observed */
  range(): Range
}

/** The grid that the range is for. */
export interface RangeTarget {
  readonly bits: number
  readonly grid: GridName
}

/** Chooses ranges: gives an observer for each. */
export type RangeRule = (target: RangeTarget) => RangeObserver

/** The least and the greatest of numbers. @throws RangeError if there are none, or one is not finite */
export function extremes(values: Float32Array): Range {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let index = 0; index < values.length; index++) {
    const each = values[index]!
    if (!Number.isFinite(each))
      throw new RangeError(`range: value ${index} is ${each}; only finite values have a range`)
    if (each < low) low = each
    if (each > high) high = each
  }
  if (values.length === 0)
    throw new RangeError('range: nothing was observed; give values before asking for their range')
  return { low, high }
}
