import { maskOf } from '../mask.ts'
import type { UnitCriterion } from './unit-criterion.ts'
import { forEachRun } from './unit-entries.ts'

/**
 * ‖w_u‖ = (Σ |w|ᵖ)^(1/p) over every weight and bias that goes with the unit, those that make it and those that read it, in
 * float64. What a mask prunes counts as 0.
 *
 * @param order p: 1, 2 (the default), or Infinity for the largest |w|
 * @see Li et al. 2017, Pruning filters for efficient ConvNets, section 3.1, for p = 1
 */
export function unitNorm(order: 1 | 2 | typeof Number.POSITIVE_INFINITY = 2): UnitCriterion {
  return async ({ count, slices }) => {
    const scores = new Float64Array(count)
    for (const slice of slices) {
      const values = (await slice.parameter.stored.data()) as Float32Array
      const kept = maskOf(slice.parameter)
      forEachRun(slice, (unit, start, length) => {
        let score = scores[unit]!
        for (let index = start; index < start + length; index++) {
          if (kept?.[index] === 0) continue
          const size = Math.abs(values[index]!)
          score = order === Number.POSITIVE_INFINITY ? Math.max(score, size) : score + size ** order
        }
        scores[unit] = score
      })
    }
    return order === 2 ? scores.map(Math.sqrt) : scores
  }
}
