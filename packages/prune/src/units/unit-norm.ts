import { maskOf } from '../mask.ts'
import type { UnitCriterion } from './unit-criterion.ts'
import { forEachRun } from './unit-entries.ts'

/** p of a norm. */
export type NormOrder = 1 | 2 | 'largest'

/** What an entry adds to the norm so far, and what becomes of it at the end. */
const norms: {
  readonly [P in NormOrder]: readonly [add: (sum: number, w: number) => number, end: (x: number) => number]
} = {
  1: [(sum, w) => sum + Math.abs(w), (sum) => sum],
  2: [(sum, w) => sum + w * w, Math.sqrt],
  largest: [(sum, w) => Math.max(sum, Math.abs(w)), (largest) => largest],
}

/**
 * ‖w_u‖ = (Σ |w|ᵖ)^(1/p) over every weight and bias that goes with the unit, those that make it and those that read it, in
 * float64. What a mask prunes counts as 0.
 *
 * @param order p: 1, 2 (the default), or 'largest' for p = ∞, the largest |w|
 * @see Li et al. 2017, Pruning filters for efficient ConvNets, section 3.1, for p = 1
 */
export function unitNorm(order: NormOrder = 2): UnitCriterion {
  const [add, end] = norms[order]
  return async ({ count, slices }) => {
    const sums = new Float64Array(count)
    for (const slice of slices) {
      const values = (await slice.parameter.stored.data()) as Float32Array
      const kept = maskOf(slice.parameter)
      forEachRun(slice, (unit, start, length) => {
        let sum = sums[unit]!
        for (let index = start; index < start + length; index++) {
          if (kept?.[index] !== 0) sum = add(sum, values[index]!)
        }
        sums[unit] = sum
      })
    }
    return sums.map(end)
  }
}
