import { formatShape, type Shape } from '@tlc/tensor'
import type { InputStatistics } from './input-statistics.ts'
import { subtractCombination } from './subtract-combination.ts'

/**
 * Σ x xᵀ of the inputs of a weight `[out, in]`.
 *
 * @param shape of the weight, if it is to be checked
 * @throws RangeError if it was not collected, or is of another size than the weight's rows
 */
export function gramOf({ gram, size }: InputStatistics, shape: Shape = [1, size]): Float64Array {
  if (!gram) throw new RangeError('the statistics have no gram; collect them with collectInputs(…, { gram: true })')
  if (shape.length !== 2 || shape[1] !== size) {
    throw new RangeError(
      `a weight ${formatShape(shape)} does not fit inputs of ${size} features, expected [out, ${size}]`,
    )
  }
  return gram
}

/**
 * v G vᵀ of a symmetric G: for a row of weights Σ (v x)², the power of that output. Not below 0, as rounding could make it.
 *
 * @param gram `[n, n]` row-major, n the length of v
 */
export function quadraticForm(v: Float64Array, gram: Float64Array): number {
  const n = v.length
  const negative = new Float64Array(n)
  let total = 0
  // Of each band of rows what is right of the diagonal block stands for the mirrored half, too.
  for (let band = 0; band < n; band += bandRows) {
    const end = Math.min(band + bandRows, n)
    const products = negative.fill(0).subarray(band)
    subtractCombination(products, v.subarray(band, end), gram, band * n + band, n)
    for (let j = band; j < end; j++) total -= products[j - band]! * v[j]!
    for (let j = end; j < n; j++) total -= 2 * products[j - band]! * v[j]!
  }
  return Math.max(0, total)
}

const bandRows = 64
