import { product } from './product'

/** Rows, or columns, of the output in one item of work. */
const itemSize: i32 = 32

/**
 * c = init + a b for a batch of matrices; see `product` for the steps.
 *
 * @param init one row, added to every row of every matrix, or 0
 * @param aMatrixStep bytes from one matrix of a to the next; 0 if there is one for all
 * @param byColumns an item is a stripe of `itemSize` columns of one matrix; else of rows
 * @param start first item; they are counted through the matrices
 */
export function matmul(
  a: usize,
  b: usize,
  init: usize,
  c: usize,
  rows: i32,
  columns: i32,
  inner: i32,
  aRowStep: usize,
  aInnerStep: usize,
  aMatrixStep: usize,
  bInnerStep: usize,
  bColumnStep: usize,
  bMatrixStep: usize,
  byColumns: i32,
  start: i32,
  end: i32,
): void {
  const cStep: usize = columns << 2
  const stripes = ((byColumns ? columns : rows) + itemSize - 1) / itemSize
  while (start < end) {
    const matrix = start / stripes
    const first = start % stripes
    const last = min(first + end - start, stripes)
    const from = first * itemSize
    const row = byColumns ? 0 : from
    const column = byColumns ? from : 0
    product(
      a + matrix * aMatrixStep + row * aRowStep,
      aRowStep,
      aInnerStep,
      b + matrix * bMatrixStep + column * bColumnStep,
      bInnerStep,
      bColumnStep,
      init ? init + (column << 2) : 0,
      0,
      c + (matrix * rows + row) * cStep + (column << 2),
      cStep,
      byColumns ? rows : min(last * itemSize, rows) - row,
      byColumns ? min(last * itemSize, columns) - column : columns,
      inner,
    )
    start += last - first
  }
}
