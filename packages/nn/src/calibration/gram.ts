import { formatShape, type Shape } from '@tlc/tensor'
import type { InputStatistics } from './input-statistics.ts'
import { subtractProduct } from './subtract-product.ts'

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
 * v G vᵀ of each row v of a matrix, G symmetric: for rows of weights Σ (v x)², the power of each output. Not below 0, as
 * rounding could make it.
 *
 * @param rows `[m, n]` row-major
 * @param gram `[n, n]`
 * @returns `[m]`
 */
export function quadraticForms(rows: Float64Array, gram: Float64Array): Float64Array {
  const n = Math.sqrt(gram.length)
  const forms = new Float64Array(rows.length / n)
  const products = new Float64Array(tileRows * n)
  for (let first = 0; first < forms.length; first += tileRows) {
    const count = Math.min(tileRows, forms.length - first)
    // Of each band of G what is right of the diagonal block stands for the mirrored half, too.
    for (let band = 0; band < n; band += bandRows) {
      const end = Math.min(band + bandRows, n)
      products.fill(0)
      subtractProduct(
        { values: products, start: band, stride: n },
        { values: rows, start: first * n + band, stride: n },
        { values: gram, start: band * n + band, stride: n },
        { rows: count, columns: n - band, inner: end - band },
      )
      for (let row = 0; row < count; row++) {
        const [at, product] = [(first + row) * n, row * n]
        for (let j = band; j < end; j++) forms[first + row]! -= products[product + j]! * rows[at + j]!
        for (let j = end; j < n; j++) forms[first + row]! -= 2 * products[product + j]! * rows[at + j]!
      }
    }
  }
  return forms.map((each) => Math.max(0, each))
}

const bandRows = 64
const tileRows = 16
