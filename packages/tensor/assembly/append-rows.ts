import { copyRow } from './copy'

/**
 * Planes of y, one behind the other: that of a row of x, then that of `more`. An item is a plane; a row of y has so many
 * planes, and is row ids[row] of x, one outside at the nearest end.
 *
 * @param old bytes of a plane of x
 * @param added bytes of one of `more`
 */
export function appendRows(
  x: usize,
  more: usize,
  ids: usize,
  y: usize,
  xRows: i32,
  planes: i32,
  old: usize,
  added: usize,
  start: i32,
  end: i32,
): void {
  for (let item = start; item < end; item++) {
    const row = max(0, min(load<i32>(ids + ((item / planes) << 2)), xRows - 1))
    const to = y + item * (old + added)
    copyRow(x + (row * planes + (item % planes)) * old, to, old)
    copyRow(more + item * added, to + old, added)
  }
}
