import { pack } from './pack'
import { product } from './product'
import { tileColumns, tileRows } from './tile'

/**
 * c = init + a b for a batch of matrices; see `product` for the steps. An item is a rectangle of one output; items are
 * counted along a stripe of rows, then from stripe to stripe, then through the matrices.
 *
 * @param init one row, added to every row of every matrix, or 0
 * @param aMatrixStep bytes from one matrix of a to the next; 0 if there is one for all
 * @param itemRows rows of an item; a multiple of the tile's if a is packed
 * @param itemColumns its columns; a multiple of the tile's if b is packed
 * @param packedA all matrices of a, as `packRows` leaves them, or 0: then each call packs what it needs
 * @param packedB all matrices of b, as `packColumns` leaves them, or 0
 * @param start first item
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
  itemRows: i32,
  itemColumns: i32,
  packedA: usize,
  packedB: usize,
  start: i32,
  end: i32,
): void {
  const cStep: usize = columns << 2
  const across = (columns + itemColumns - 1) / itemColumns
  const down = (rows + itemRows - 1) / itemRows
  while (start < end) {
    const matrix = start / (across * down)
    const stripe = (start / across) % down
    const place = start % across
    // Whole stripes together, or some of one.
    const stripes = place == 0 ? max(1, min((end - start) / across, down - stripe)) : 1
    const items = min(end - start, across * stripes - place)
    const row = stripe * itemRows
    const column = place * itemColumns
    const width = items < across ? items * itemColumns : columns
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
      min(stripes * itemRows, rows - row),
      min(width, columns - column),
      inner,
      packedA ? packedA + matrix * packedBytes(rows, inner, tileRows()) + ((row * inner) << 2) : 0,
      packedB ? packedB + matrix * packedBytes(columns, inner, tileColumns()) + ((column * inner) << 2) : 0,
    )
    start += items
  }
}

/** Bytes of one packed matrix of so many lanes (rows of a, columns of b), in panels of `width`. */
export function packedBytes(lanes: i32, inner: i32, width: i32): usize {
  return (panels(lanes, width) * inner * width) << 2
}

/** How many panels of lanes there are. */
export function panels(lanes: i32, width: i32): i32 {
  return (lanes + width - 1) / width
}

/** Lanes of a panel of a, and of b. */
export function panelRows(): i32 {
  return tileRows()
}
export function panelColumns(): i32 {
  return tileColumns()
}

/** Packs matrices for every thread that multiplies with them. An item is one panel. */
export function packPanels(
  source: usize,
  target: usize,
  lanes: i32,
  inner: i32,
  innerStep: usize,
  laneStep: usize,
  matrixStep: usize,
  width: i32,
  start: i32,
  end: i32,
): void {
  const each = panels(lanes, width)
  const panelBytes: usize = (inner * width) << 2
  while (start < end) {
    const first = start % each
    const last = min(first + end - start, each)
    const lane = first * width
    const from = source + (start / each) * matrixStep + lane * laneStep
    pack(target + start * panelBytes, from, laneStep, innerStep, min(last * width, lanes) - lane, inner, width)
    start += last - first
  }
}
