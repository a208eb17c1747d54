import { type Shape, sizeOf } from '@tlc/tensor'

/** A shape as a matrix `[rows, columns]`: rows are those of the first axis, one for a vector. */
export function matrixOf(shape: Shape): readonly [rows: number, columns: number] {
  const rows = shape.length < 2 ? 1 : shape[0]!
  return [rows, rows === 0 ? 0 : sizeOf(shape) / rows]
}
