import { matrixOf } from '../structures/matrix.ts'
import type { Criterion } from './criterion.ts'

/**
 * Σ_k ‖w_i - w_k‖₂ / rows for every entry of row i: rows near the geometric median of all are those that the others can
 * stand in for. Meant for the structure `rows`; takes rows² · columns operations.
 *
 * @see He et al. 2019, Filter pruning via geometric median (recalled, not verified)
 */
export const geometricMedian: Criterion = (weight, { shape }) => {
  const [rows, columns] = matrixOf(shape)
  const sums = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < i; k++) {
      const distance = distanceOf(weight, i * columns, k * columns, columns)
      sums[i]! += distance
      sums[k]! += distance
    }
  }
  return weight.map((_, index) => sums[Math.floor(index / columns)]! / rows)
}

function distanceOf(weight: Float32Array, one: number, other: number, length: number): number {
  let sum = 0
  for (let index = 0; index < length; index++) {
    const difference = weight[one + index]! - weight[other + index]!
    sum += difference * difference
  }
  return Math.sqrt(sum)
}
