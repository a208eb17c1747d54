import type { Shape } from '@tlc/tensor'
import type { Check } from '../case.ts'

/** Which of the two operands are read transposed. */
export const layouts = {
  NN: { transposeA: false, transposeB: false },
  NT: { transposeA: false, transposeB: true },
  TN: { transposeA: true, transposeB: false },
  TT: { transposeA: true, transposeB: true },
} as const

export type Layout = keyof typeof layouts

/** Products of `[rows, inner]` and `[inner, columns]`, `batch` of them or, without one, one. */
export interface ProductSize {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly batch?: number
}

export function operationsOf({ rows, columns, inner, batch = 1 }: ProductSize): number {
  return 2 * batch * rows * columns * inner
}

/** Shapes of both operands as they lie in memory. */
export function shapesOf({ rows, columns, inner, batch }: ProductSize, layout: Layout): [left: Shape, right: Shape] {
  const leading = batch === undefined ? [] : [batch]
  const { transposeA, transposeB } = layouts[layout]
  return [
    [...leading, ...(transposeA ? [inner, rows] : [rows, inner])],
    [...leading, ...(transposeB ? [columns, inner] : [inner, columns])],
  ]
}

const sampled = 300

/**
 * The largest error of 300 elements, spread over the product, against float64, as a part of Σ |a||b|. Summed in f32 in
 * any order it stays below (inner + 1) · 2⁻²⁴.
 *
 * @param bias added to every row
 * @see Higham 2002, Accuracy and Stability of Numerical Algorithms, eq. 3.5
 */
export function checkProduct(
  product: ArrayLike<number>,
  size: ProductSize,
  layout: Layout,
  [a, b]: readonly [Float32Array, Float32Array],
  bias?: Float32Array,
): Check {
  const { rows, columns, inner, batch = 1 } = size
  const { transposeA, transposeB } = layouts[layout]
  const elements = batch * rows * columns
  let error = product.length === elements ? 0 : Number.NaN
  for (let sample = 0; sample < sampled; sample++) {
    // 7919 is prime: the samples are in every part of the product, and in every place of a tile.
    const index = (sample * 7919 + elements - 1) % elements
    const matrix = Math.floor(index / (rows * columns))
    const row = Math.floor(index / columns) % rows
    const column = index % columns
    let sum = bias?.[column] ?? 0
    let magnitude = Math.abs(sum)
    for (let k = 0; k < inner; k++) {
      const left = a[matrix * rows * inner + (transposeA ? k * rows + row : row * inner + k)]!
      const right = b[matrix * inner * columns + (transposeB ? column * inner + k : k * columns + column)]!
      sum += left * right
      magnitude += Math.abs(left * right)
    }
    error = Math.max(error, Math.abs(product[index]! - sum) / magnitude)
  }
  return { error, tolerance: (inner + 1) * 2 ** -24 }
}
