import { tile2x16 } from './tiles/tile-2x16'
import { tile4x16 } from './tiles/tile-4x16'
import { tile4x8 } from './tiles/tile-4x8'
import { tile6x8 } from './tiles/tile-6x8'

/*
 * The product's innermost loop: a tile of the output lives in registers while the inner index runs over packed panels:
 * a value of a for each row and one of b for each column in each step, one behind the other. Not unrolled: V8 then
 * spills registers, and is slower by a third.
 *
 * Which tile is fastest depends on the engine. Each output is the same running sum in every one of them, so the choice
 * changes no bits. It lies in the memory, which all threads share: every thread packs and multiplies by one tile.
 */

/** Rows and columns of the tile in use. */
const CHOSEN = memory.data<i32>([4, 8])

/** Chooses among 4 x 8, 2 x 16, 6 x 8 and 4 x 16; not while products run. */
export function setTile(rows: i32, columns: i32): void {
  store<i32>(CHOSEN, rows)
  store<i32>(CHOSEN, columns, 4)
}

/** Most elements of a tile, and most rows. */
export const largestTile: i32 = 64
export const mostTileRows: i32 = 6

// @ts-ignore: decorator
@inline
export function tileRows(): i32 {
  return load<i32>(CHOSEN)
}

// @ts-ignore: decorator
@inline
export function tileColumns(): i32 {
  return load<i32>(CHOSEN, 4)
}

/** c = init + a b. Steps are bytes between rows; init may be c, or one row (step 0), or zeros. */
export function tile(
  a: usize,
  b: usize,
  inner: i32,
  init: usize,
  initStep: usize,
  c: usize,
  cStep: usize,
): void {
  const rows = tileRows()
  if (rows == 6) tile6x8(a, b, inner, init, initStep, c, cStep)
  else if (rows == 2) tile2x16(a, b, inner, init, initStep, c, cStep)
  else if (tileColumns() == 8) tile4x8(a, b, inner, init, initStep, c, cStep)
  else tile4x16(a, b, inner, init, initStep, c, cStep)
}
