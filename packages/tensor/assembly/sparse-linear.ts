import { arena, blockOffset } from './arena'
import { splat } from './lanes'
import { multiplyAdd } from './simd'
import { transposeRows } from './transpose'

/*
 * y = x Wᵀ + b, W by its blocks of r x c: block k, offsets[i] <= k < offsets[i + 1], lies in row i of blocks and column
 * columns[k]. x is packed as `pack` leaves it, in panels of rows: for each column of x the values of the panel's rows side
 * by side. One number of W then meets a whole panel, whose outputs stay in registers.
 *
 * Each output is one running sum in the order of the columns, as in a dense product: so it has the same bits as that.
 */

/** Outputs that are formed aside before they are stored: so many of 32 rows fill a line of the cache, and the arena. */
const GROUP: i32 = 16

/**
 * An item is 16 outputs of one panel; items are counted along the outputs, then from panel to panel.
 *
 * @param panels x `[rows, inner]` in panels of so many rows: 32, or, where 4 divides r, 8
 */
export function sparseLinear(
  panels: usize, values: usize, columns: usize, offsets: usize, bias: usize, y: usize,
  rows: i32, inner: i32, out: i32, r: i32, c: i32, panelRows: i32, start: i32, end: i32,
): void {
  const groups = (out + GROUP - 1) / GROUP
  const aside = arena() + blockOffset
  const step: usize = panelRows << 2
  for (let item = start; item < end; item++) {
    const panel = item / groups
    const first = (item % groups) * GROUP
    const count = min(GROUP, out - first)
    const x = panels + <usize>panel * inner * step
    for (let o = first; o < first + count; o += panelRows == 32 ? 1 : 4) {
      const row = o / r
      const from = load<i32>(offsets + (row << 2))
      const blocks = load<i32>(offsets + (row << 2), 4) - from
      const inBlock = o - row * r
      const value = values + (((from * r + inBlock) * c) << 2)
      const column = columns + (from << 2)
      const init = bias ? bias + (o << 2) : 0
      const to = aside + (o - first) * step
      if (panelRows == 32) oneBy32(x, value, column, blocks, r, c, init, to)
      else fourBy8(x, value, column, blocks, r, c, init, to)
    }
    const top = panel * panelRows
    transposeRows<u32>(aside, step, y + ((top * out + first) << 2), <usize>out << 2, min(panelRows, rows - top), count, false)
  }
}

/** One output of 32 rows. */
function oneBy32(x: usize, value: usize, column: usize, blocks: i32, r: i32, c: i32, bias: usize, to: usize): void {
  const init = bias ? v128.load32_splat(bias) : splat(0)
  let y0 = init
  let y1 = init
  let y2 = init
  let y3 = init
  let y4 = init
  let y5 = init
  let y6 = init
  let y7 = init
  const last = column + (blocks << 2)
  const row: usize = c << 2
  const skip: usize = ((r - 1) * c) << 2
  const step: usize = c << 7
  while (column < last) {
    let at = x + load<u32>(column) * step
    const end = value + row
    do {
      const w = v128.load32_splat(value)
      y0 = multiplyAdd(w, v128.load(at), y0)
      y1 = multiplyAdd(w, v128.load(at, 16), y1)
      y2 = multiplyAdd(w, v128.load(at, 32), y2)
      y3 = multiplyAdd(w, v128.load(at, 48), y3)
      y4 = multiplyAdd(w, v128.load(at, 64), y4)
      y5 = multiplyAdd(w, v128.load(at, 80), y5)
      y6 = multiplyAdd(w, v128.load(at, 96), y6)
      y7 = multiplyAdd(w, v128.load(at, 112), y7)
      value += 4
      at += 128
    } while (value < end)
    value += skip
    column += 4
  }
  v128.store(to, y0)
  v128.store(to, y1, 16)
  v128.store(to, y2, 32)
  v128.store(to, y3, 48)
  v128.store(to, y4, 64)
  v128.store(to, y5, 80)
  v128.store(to, y6, 96)
  v128.store(to, y7, 112)
}

/** Four outputs of 8 rows. */
function fourBy8(x: usize, value: usize, column: usize, blocks: i32, r: i32, c: i32, bias: usize, to: usize): void {
  let a0 = bias ? v128.load32_splat(bias) : splat(0)
  let b0 = bias ? v128.load32_splat(bias, 4) : splat(0)
  let c0 = bias ? v128.load32_splat(bias, 8) : splat(0)
  let d0 = bias ? v128.load32_splat(bias, 12) : splat(0)
  let a1 = a0
  let b1 = b0
  let c1 = c0
  let d1 = d0
  const last = column + (blocks << 2)
  const row: usize = c << 2
  const row2 = 2 * row
  const row3 = 3 * row
  const skip: usize = ((r - 1) * c) << 2
  const step: usize = c << 5
  while (column < last) {
    let at = x + load<u32>(column) * step
    const end = value + row
    do {
      const x0 = v128.load(at)
      const x1 = v128.load(at, 16)
      const wa = v128.load32_splat(value)
      a0 = multiplyAdd(wa, x0, a0)
      a1 = multiplyAdd(wa, x1, a1)
      const wb = v128.load32_splat(value + row)
      b0 = multiplyAdd(wb, x0, b0)
      b1 = multiplyAdd(wb, x1, b1)
      const wc = v128.load32_splat(value + row2)
      c0 = multiplyAdd(wc, x0, c0)
      c1 = multiplyAdd(wc, x1, c1)
      const wd = v128.load32_splat(value + row3)
      d0 = multiplyAdd(wd, x0, d0)
      d1 = multiplyAdd(wd, x1, d1)
      value += 4
      at += 32
    } while (value < end)
    value += skip
    column += 4
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, b0, 32)
  v128.store(to, b1, 48)
  v128.store(to, c0, 64)
  v128.store(to, c1, 80)
  v128.store(to, d0, 96)
  v128.store(to, d1, 112)
}
