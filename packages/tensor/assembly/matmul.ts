import { pack } from './pack'
import { product } from './product'
import { tileColumns } from './tile'

/** Rows, or columns, of the output in one item of work. */
const itemSize: i32 = 32

/**
 * c = init + a b for a batch of matrices; see `product` for the steps.
 *
 * @param init one row, added to every row of every matrix, or 0
 * @param aMatrixStep bytes from one matrix of a to the next; 0 if there is one for all
 * @param byColumns an item is a stripe of `itemSize` columns of one matrix; else of rows
 * @param packed all matrices of b, as `packColumns` leaves them, or 0: then each call packs what it needs
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
  packed: usize,
  start: i32,
  end: i32,
): void {
  const cStep: usize = columns << 2
  const packedStep = packedBytes(columns, inner)
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
      packed ? packed + matrix * packedStep : 0,
    )
    start += last - first
  }
}

/** Bytes of one packed matrix, all panels of columns. */
export function packedBytes(columns: i32, inner: i32): usize {
  return (panels(columns) * inner * tileColumns()) << 2
}

/** How many panels of columns there are. */
export function panels(columns: i32): i32 {
  return (columns + tileColumns() - 1) / tileColumns()
}

/** Packs matrices of inner x columns for every thread that multiplies with them. An item is one panel of columns. */
export function packColumns(
  b: usize,
  target: usize,
  columns: i32,
  inner: i32,
  innerStep: usize,
  columnStep: usize,
  matrixStep: usize,
  start: i32,
  end: i32,
): void {
  const each = panels(columns)
  const width = tileColumns()
  const panelBytes: usize = (inner * width) << 2
  while (start < end) {
    const first = start % each
    const last = min(first + end - start, each)
    const column = first * width
    const from = b + (start / each) * matrixStep + column * columnStep
    const lanes = min(last * width, columns) - column
    pack(target + start * panelBytes, from, columnStep, innerStep, lanes, inner, width)
    start += last - first
  }
}
