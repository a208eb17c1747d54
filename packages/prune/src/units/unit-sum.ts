import type { Criterion } from '../criteria/criterion.ts'
import { maskOf } from '../mask.ts'
import type { UnitCriterion } from './unit-criterion.ts'
import { forEachRun } from './unit-entries.ts'

/**
 * Σ of a criterion's scores over every weight and bias that goes with the unit, in float64: what the unit's single weights
 * are worth together. With scores (g w)² it is the first-order Taylor expansion. What a mask prunes counts as 0.
 *
 * @throws RangeError if the criterion gives another number of scores than there are entries
 * @see Molchanov et al. 2019, Importance estimation for neural network pruning, eq. 8
 */
export function unitSum(criterion: Criterion): UnitCriterion {
  return async ({ count, slices }, { nameOf }) => {
    const sums = new Float64Array(count)
    for (const slice of slices) {
      const { parameter } = slice
      const { shape, size } = parameter.stored
      const name = nameOf(parameter)
      const scores = await criterion((await parameter.stored.data()) as Float32Array, { name, shape })
      if (scores.length !== size)
        throw new RangeError(`unitSum: the criterion gave ${scores.length} scores for '${name}' of ${size} entries`)
      const kept = maskOf(parameter)
      forEachRun(slice, (unit, start, length) => {
        for (let index = start; index < start + length; index++) {
          if (kept?.[index] !== 0) sums[unit]! += scores[index]!
        }
      })
    }
    return sums
  }
}
