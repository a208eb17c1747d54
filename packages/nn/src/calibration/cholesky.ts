import { subtractProduct } from './subtract-product.ts'

/**
 * The lower triangular L with A = L Lᵀ, in float64.
 *
 * The rows of Lᵀ are those of A less combinations of the rows above them, some rows at a time, so that memory is read in order.
 *
 * @param a `[n, n]` row-major, symmetric; its upper half is read
 * @returns `[n, n]`, 0 above the diagonal
 * @throws RangeError if A is not positive definite, as of fewer inputs than features: add damping to its diagonal
 * @see Golub & Van Loan 2013, section 4.2.9
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  checkSquare('cholesky', a, n)
  const upper = new Float64Array(n * n)
  const above = new Float64Array(bandRows * n)
  for (let from = 0; from < n; from += bandRows) {
    const to = Math.min(from + bandRows, n)
    for (let i = from; i < to; i++) {
      upper.set(a.subarray(i * n + i, (i + 1) * n), i * n + i)
      for (let k = 0; k < from; k++) above[(i - from) * n + k] = upper[k * n + i]!
    }
    subtractProduct(
      { values: upper, start: from * n + from, stride: n },
      { values: above, start: 0, stride: n },
      { values: upper, start: from, stride: n },
      { rows: to - from, columns: n - from, inner: from },
    )
    for (let i = from; i < to; i++) finishRow(upper, n, from, i)
  }
  return transposed(upper, n)
}

/** Takes from row i what the rows of its own band leave to it, and divides it by its root. */
function finishRow(upper: Float64Array, n: number, from: number, i: number): void {
  for (let k = from; k < i; k++) {
    const coefficient = upper[k * n + i]!
    for (let j = i; j < n; j++) upper[i * n + j]! -= coefficient * upper[k * n + j]!
  }
  const pivot = upper[i * n + i]!
  if (!(pivot > 0 && pivot < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `cholesky: the matrix is not positive definite: pivot ${i} of ${n} is ${pivot}; add more damping to the diagonal`,
    )
  }
  const root = Math.sqrt(pivot)
  for (let j = i; j < n; j++) upper[i * n + j]! /= root
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
  for (let from = 0; from < n; from += bandRows) {
    const to = Math.min(from + bandRows, n)
    // Row k ends at column k, so those of a band do at the latest where its last one does.
    for (let band = 0; band < from; band += bandRows) {
      subtractProduct(
        { values: inverse, start: from * n, stride: n },
        { values: lower, start: from * n + band, stride: n },
        { values: inverse, start: band * n, stride: n },
        { rows: to - from, columns: band + bandRows, inner: bandRows },
      )
    }
    for (let i = from; i < to; i++) {
      for (let k = from; k < i; k++) {
        const coefficient = lower[i * n + k]!
        for (let j = 0; j <= k; j++) inverse[i * n + j]! -= coefficient * inverse[k * n + j]!
      }
      inverse[i * n + i] = 1
      const diagonal = lower[i * n + i]!
      for (let j = 0; j <= i; j++) inverse[i * n + j]! /= diagonal
    }
  }
  return inverse
}

const bandRows = 32

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
 * H⁻¹ of a symmetric positive definite matrix.
 *
 * @param h `[n, n]` row-major
 * @throws RangeError if H is not positive definite
 */
export function inverse(h: Float64Array, n: number): Float64Array {
  return inverseOfFactor(inverseFactor(h, n), n)
}

/** H⁻¹ = Uᵀ U from what `inverseFactor` gave, `[n, n]`. */
export function inverseOfFactor(factor: Float64Array, n: number): Float64Array {
  const columns = factor.map((_, index) => factor[(index % n) * n + Math.floor(index / n)]!)
  const negative = { values: new Float64Array(n * n), start: 0, stride: n }
  const square = { rows: n, columns: n, inner: n }
  subtractProduct(negative, { values: columns, start: 0, stride: n }, { values: factor, start: 0, stride: n }, square)
  return negative.values.map((each) => -each)
}

function transposed(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) result[j * n + i] = a[i * n + j]!
  return result
}

function checkSquare(what: string, a: Float64Array, n: number): void {
  if (a.length !== n * n) throw new RangeError(`${what}: ${a.length} numbers are no matrix [${n}, ${n}]`)
}
