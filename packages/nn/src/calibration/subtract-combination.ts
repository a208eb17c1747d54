/**
 * target_j -= Σₖ coefficientₖ · matrixₖⱼ: takes a combination of a matrix's rows from a row. Most of the time of every
 * method here that uses Σ x xᵀ is spent in this loop; four rows at a time, each number of the target is read once for all.
 *
 * @param target as many numbers of the row as there are to change
 * @param coefficients one for each row of the matrix
 * @param matrix row-major
 * @param start index in the matrix of what is subtracted from the target's first number, in the first row
 * @param stride numbers in a whole row of the matrix
 */
export function subtractCombination(
  target: Float64Array,
  coefficients: Float64Array,
  matrix: Float64Array,
  start: number,
  stride: number,
): void {
  const { length } = target
  const count = coefficients.length
  let k = 0
  for (; k + 4 <= count; k += 4) {
    const c0 = coefficients[k]!
    const c1 = coefficients[k + 1]!
    const c2 = coefficients[k + 2]!
    const c3 = coefficients[k + 3]!
    const r0 = start + k * stride
    const r1 = r0 + stride
    const r2 = r1 + stride
    const r3 = r2 + stride
    for (let j = 0; j < length; j++) {
      target[j]! -= c0 * matrix[r0 + j]! + c1 * matrix[r1 + j]! + (c2 * matrix[r2 + j]! + c3 * matrix[r3 + j]!)
    }
  }
  for (; k < count; k++) {
    const c = coefficients[k]!
    const row = start + k * stride
    for (let j = 0; j < length; j++) target[j]! -= c * matrix[row + j]!
  }
}
