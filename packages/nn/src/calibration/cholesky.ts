import { subtractCombination } from './subtract-combination.ts'

/**
 * The lower triangular L with A = L Lᵀ, in float64.
 *
 * Each row of Lᵀ is that of A less a combination of the rows above it, so that all memory is read in order.
 *
 * @param a `[n, n]` row-major, symmetric; its upper half is read
 * @returns `[n, n]`, 0 above the diagonal
 * @throws RangeError if A is not positive definite, as of fewer inputs than features: add damping to its diagonal
 * @see Golub & Van Loan 2013, algorithm 4.2.2
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  checkSquare('cholesky', a, n)
  const upper = new Float64Array(n * n)
  const column = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const row = upper.subarray(i * n + i, (i + 1) * n)
    row.set(a.subarray(i * n + i, (i + 1) * n))
    for (let k = 0; k < i; k++) column[k] = upper[k * n + i]!
    subtractCombination(row, column.subarray(0, i), upper, i, n)
    const pivot = row[0]!
    if (!(pivot > 0 && pivot < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `cholesky: the matrix is not positive definite: pivot ${i} of ${n} is ${pivot}; add more damping to the diagonal`,
      )
    }
    const root = Math.sqrt(pivot)
    for (let j = 0; j < row.length; j++) row[j]! /= root
  }
  return transposed(upper, n)
}

/**
 * L⁻¹ of a lower triangular L: row i is (eᵢ - Σ_{k<i} Lᵢₖ · row k) / Lᵢᵢ.
 *
 * @param lower `[n, n]` row-major, its diagonal not 0
 * @returns `[n, n]`, lower triangular
 */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  checkSquare('invertLower', lower, n)
  const inverse = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    // Row k ends at column k: rows are taken in bands, each up to where its last one ends.
    for (let band = 0; band < i; band += bandRows) {
      const end = Math.min(band + bandRows, i)
      const row = inverse.subarray(i * n, i * n + end)
      subtractCombination(row, lower.subarray(i * n + band, i * n + end), inverse, band * n, n)
    }
    const diagonal = lower[i * n + i]!
    inverse[i * n + i] = 1
    for (let j = 0; j <= i; j++) inverse[i * n + j]! /= diagonal
  }
  return inverse
}

const bandRows = 64

/**
 * The upper triangular U with H⁻¹ = Uᵀ U, without forming H⁻¹.
 *
 * Read backwards (rows and columns in reverse order), H has a Cholesky factor whose inverse, read backwards, is U:
 * J H J = L Lᵀ gives H⁻¹ = (J L⁻¹ J)ᵀ (J L⁻¹ J). Reversing a row-major array is just that change of order.
 *
 * @param h `[n, n]` row-major, symmetric, positive definite
 * @returns `[n, n]`, 0 below the diagonal; U²ᵢᵢ is the variance of weight i given those before it
 * @throws RangeError if H is not positive definite
 * @see Frantar et al. 2022, GPTQ, section 3.3, step 3, which takes the factor of H⁻¹ itself
 */
export function inverseFactor(h: Float64Array, n: number): Float64Array {
  return invertLower(cholesky(h.slice().reverse(), n), n).reverse()
}

/**
 * H⁻¹ = Uᵀ U of a symmetric positive definite matrix.
 *
 * @param h `[n, n]` row-major
 * @throws RangeError if H is not positive definite
 */
export function inverse(h: Float64Array, n: number): Float64Array {
  const factor = inverseFactor(h, n)
  const negative = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const column = Float64Array.from({ length: i + 1 }, (_, k) => factor[k * n + i]!)
    subtractCombination(negative.subarray(i * n, (i + 1) * n), column, factor, 0, n)
  }
  return negative.map((each) => -each)
}

function transposed(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) result[j * n + i] = a[i * n + j]!
  return result
}

function checkSquare(what: string, a: Float64Array, n: number): void {
  if (a.length !== n * n) throw new RangeError(`${what}: ${a.length} numbers are no matrix [${n}, ${n}]`)
}
