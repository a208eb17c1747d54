import { arena } from './arena'
import { pack } from './pack'
import { isThin, vectorProduct } from './thin'
import { largestTile, mostTileRows, tile, tileColumns, tileRows } from './tile'

/*
 * One matrix product, in blocks (Goto & van de Geijn 2008): a block of b is packed once for all rows; a block of a is
 * packed and stays in the second-level cache, while one panel of b after the other (8 KB) stays in the first.
 *
 * Each element of the output is one running sum over the inner index in ascending order, whatever the sizes of blocks
 * and wherever in a tile it lies. So the bits do not depend on how rows and columns are shared out.
 */

/** Most of the inner index, of the rows and of the columns in a block. */
const innerBlock: i32 = 256
const rowBlock: i32 = 128
const columnBlock: i32 = 512

/** Offsets in the arena, behind its zeros: a tile; the packed block of a; that of b. */
const edgeOffset: usize = 64
const leftOffset: usize = edgeOffset + 4 * largestTile
const rightOffset: usize = leftOffset + 4 * innerBlock * (rowBlock + mostTileRows)

/** Bytes of the arena that `product` uses. */
export const productBytes: usize = rightOffset + 4 * innerBlock * columnBlock

/** Bytes of the arena that matmul and linear need. */
export function productArena(): usize {
  return productBytes
}

/**
 * c = init + a b; a is rows x inner, b inner x columns. Steps are in bytes; of those of a, and of b, one is 4. The rows
 * of c, and of init, lie side by side. init is c itself, or one row for all (initStep 0), or 0 for zeros.
 *
 * @param packedA a, if `pack` has packed all of it, or 0
 * @param packedB b, likewise, or 0
 */
export function product(
  a: usize,
  aRowStep: usize,
  aInnerStep: usize,
  b: usize,
  bInnerStep: usize,
  bColumnStep: usize,
  init: usize,
  initStep: usize,
  c: usize,
  cStep: usize,
  rows: i32,
  columns: i32,
  inner: i32,
  packedA: usize = 0,
  packedB: usize = 0,
): void {
  if (isThin(rows, bColumnStep)) {
    for (let row = 0; row < rows; row++) {
      const from = init ? init + row * initStep : 0
      const to = c + row * cStep
      vectorProduct(a + row * aRowStep, aInnerStep, b, bInnerStep, bColumnStep, from, 4, to, 4, columns, inner)
    }
    return
  }
  if (columns == 1) {
    vectorProduct(b, bInnerStep, a, aInnerStep, aRowStep, init, initStep, c, cStep, rows, inner)
    return
  }
  const widthOfTile = tileColumns()
  const heightOfTile = tileRows()
  const innerSize = evenBlock(inner, innerBlock, 1)
  const rowSize = evenBlock(rows, rowBlock, heightOfTile)
  const columnSize = evenBlock(columns, columnBlock, widthOfTile)
  for (let column = 0; column < columns; column += columnSize) {
    const width = min(columnSize, columns - column)
    const offset: usize = column << 2
    let k = 0
    do {
      const depth = min(innerSize, inner - k)
      let right = arena() + rightOffset
      if (packedB) right = packedB + ((column * inner + k * widthOfTile) << 2)
      else pack(right, b + k * bInnerStep + column * bColumnStep, bColumnStep, bInnerStep, width, depth, widthOfTile)
      const rightStep: usize = ((packedB ? inner : depth) * widthOfTile) << 2
      const leftStep: usize = ((packedA ? inner : depth) * heightOfTile) << 2
      const from = k > 0 ? c : init
      const fromStep = k > 0 ? cStep : initStep
      for (let row = 0; row < rows; row += rowSize) {
        const height = min(rowSize, rows - row)
        let left = arena() + leftOffset
        if (packedA) left = packedA + ((row * inner + k * heightOfTile) << 2)
        else pack(left, a + row * aRowStep + k * aInnerStep, aRowStep, aInnerStep, height, depth, heightOfTile)
        const start = from ? from + row * fromStep + offset : 0
        block(left, leftStep, right, rightStep, depth, start, fromStep, c + row * cStep + offset, cStep, height, width)
      }
      k += depth
    } while (k < inner)
  }
}

/** The size of blocks, at most `most`, that share `length` evenly: 513 is 257 + 256, not 256 + 256 + 1. */
function evenBlock(length: i32, most: i32, multiple: i32): i32 {
  const blocks = (length + most - 1) / most
  if (blocks <= 1) return most
  const even = (length + blocks - 1) / blocks
  return ((even + multiple - 1) / multiple) * multiple
}

/** All tiles of a block. */
function block(
  left: usize,
  leftStep: usize,
  right: usize,
  rightStep: usize,
  inner: i32,
  init: usize,
  initStep: usize,
  c: usize,
  cStep: usize,
  rows: i32,
  columns: i32,
): void {
  const zeros = arena()
  const widthOfTile = tileColumns()
  const heightOfTile = tileRows()
  for (let column = 0; column < columns; column += widthOfTile) {
    const width = min(widthOfTile, columns - column)
    let panel = left
    for (let row = 0; row < rows; row += heightOfTile) {
      const height = min(heightOfTile, rows - row)
      const offset = row * cStep + (column << 2)
      const start = init ? init + row * initStep + (column << 2) : zeros
      const startStep = init ? initStep : 0
      if (height == heightOfTile && width == widthOfTile) tile(panel, right, inner, start, startStep, c + offset, cStep)
      else edgeTile(panel, right, inner, start, startStep, c + offset, cStep, height, width)
      panel += leftStep
    }
    right += rightStep
  }
}

/** A tile that reaches over the last row or column: it is formed aside, and what exists is copied. */
function edgeTile(
  a: usize,
  b: usize,
  inner: i32,
  init: usize,
  initStep: usize,
  c: usize,
  cStep: usize,
  rows: i32,
  columns: i32,
): void {
  const aside = arena() + edgeOffset
  const asideStep: usize = tileColumns() << 2
  const zeros = arena()
  if (init != zeros) copyTile(aside, asideStep, init, initStep, rows, columns)
  tile(a, b, inner, init != zeros ? aside : zeros, init != zeros ? asideStep : 0, aside, asideStep)
  copyTile(c, cStep, aside, asideStep, rows, columns)
}

/** Copies a rectangle of f32. Steps are bytes between rows. */
export function copyTile(to: usize, toStep: usize, from: usize, fromStep: usize, rows: i32, columns: i32): void {
  const vectors: usize = (columns & ~3) << 2
  const end: usize = columns << 2
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < vectors; at += 16) v128.store(to + at, v128.load(from + at))
    for (let at = vectors; at < end; at += 4) store<f32>(to + at, load<f32>(from + at))
    to += toStep
    from += fromStep
  }
}
