import { splat } from './lanes'
import { multiplyAdd } from './simd'
import { addBlock } from './thin'

/*
 * y = x Wᵀ + b for one row x, read from where it lies; W by its blocks of r x c, as in sparse-linear.ts. Each output is one
 * running sum in the order of the blocks. Each addition waits for the one before it, so that four outputs are formed at
 * once: of four rows of blocks, or, where 4 divides r, of one.
 */

/** An item is four rows of blocks; there are `down` of them. */
export function sparseVector(
  x: usize, values: usize, columns: usize, offsets: usize, bias: usize, y: usize,
  down: i32, r: i32, c: i32, start: i32, end: i32,
): void {
  const block = r * c
  const last = min(4 * end, down)
  for (let row = 4 * start; row < last; row += 4) {
    const rows = min(4, last - row)
    const at = offsets + (row << 2)
    const first: usize = (row * r) << 2
    if (bias) memory.copy(y + first, bias + first, (rows * r) << 2)
    else memory.fill(y + first, 0, (rows * r) << 2)
    if ((r & 3) == 0) {
      for (let o = 0; o < rows * r; o += 4) {
        addColumns(x, values + (((o % r) * c) << 2), columns, at + ((o / r) << 2), r, c, y + first + (o << 2))
      }
      continue
    }
    const common = rows == 4 ? fewestOf(at) : 0
    for (let i = 0; i < r; i++) {
      const value = values + ((i * c) << 2)
      const to = y + first + (i << 2)
      if (block == 1) addNumbers(x, value, columns, at, common, to)
      else addBlocks(x, value, columns, at, common, r, c, to)
      for (let j = 0; j < rows; j++) {
        const from = load<i32>(at + (j << 2)) + common
        addRow(x, value, columns, from, load<i32>(at + (j << 2), 4), block, c, to + ((j * r) << 2))
      }
    }
  }
}

/** The number of blocks that each of four rows has at least. Rows that end before they start have none. */
function fewestOf(offsets: usize): i32 {
  let fewest = i32.MAX_VALUE
  for (let j = 0; j < 4; j++) fewest = min(fewest, load<i32>(offsets + (j << 2), 4) - load<i32>(offsets + (j << 2)))
  return max(fewest, 0)
}

/** y += x · W of the first `count` numbers of four rows; blocks are of one number. */
function addNumbers(x: usize, values: usize, columns: usize, offsets: usize, count: i32, y: usize): void {
  let k0: usize = load<i32>(offsets) << 2
  let k1: usize = load<i32>(offsets, 4) << 2
  let k2: usize = load<i32>(offsets, 8) << 2
  let k3: usize = load<i32>(offsets, 12) << 2
  let y0 = v128.load32_zero(y)
  let y1 = v128.load32_zero(y, 4)
  let y2 = v128.load32_zero(y, 8)
  let y3 = v128.load32_zero(y, 12)
  const last = k0 + (count << 2)
  while (k0 < last) {
    y0 = multiplyAdd(v128.load32_zero(values + k0), v128.load32_zero(x + (load<u32>(columns + k0) << 2)), y0)
    y1 = multiplyAdd(v128.load32_zero(values + k1), v128.load32_zero(x + (load<u32>(columns + k1) << 2)), y1)
    y2 = multiplyAdd(v128.load32_zero(values + k2), v128.load32_zero(x + (load<u32>(columns + k2) << 2)), y2)
    y3 = multiplyAdd(v128.load32_zero(values + k3), v128.load32_zero(x + (load<u32>(columns + k3) << 2)), y3)
    k0 += 4
    k1 += 4
    k2 += 4
    k3 += 4
  }
  v128.store32_lane(y, y0, 0)
  v128.store32_lane(y + 4, y1, 0)
  v128.store32_lane(y + 8, y2, 0)
  v128.store32_lane(y + 12, y3, 0)
}

/** The same of the first `count` blocks of four rows of blocks: one output of each, r numbers apart. */
function addBlocks(
  x: usize, values: usize, columns: usize, offsets: usize, count: i32, r: i32, c: i32, y: usize,
): void {
  const step: usize = r << 2
  const row: usize = c << 2
  const block: usize = (r * c) << 2
  let k0: usize = load<i32>(offsets)
  let k1: usize = load<i32>(offsets, 4)
  let k2: usize = load<i32>(offsets, 8)
  let k3: usize = load<i32>(offsets, 12)
  let y0 = v128.load32_zero(y)
  let y1 = v128.load32_zero(y + step)
  let y2 = v128.load32_zero(y + 2 * step)
  let y3 = v128.load32_zero(y + 2 * step + step)
  const last = k0 + count
  for (; k0 < last; k0++) {
    const x0 = x + load<u32>(columns + (k0 << 2)) * row
    const x1 = x + load<u32>(columns + (k1 << 2)) * row
    const x2 = x + load<u32>(columns + (k2 << 2)) * row
    const x3 = x + load<u32>(columns + (k3 << 2)) * row
    const w0 = values + k0 * block
    const w1 = values + k1++ * block
    const w2 = values + k2++ * block
    const w3 = values + k3++ * block
    for (let j: usize = 0; j < row; j += 4) {
      y0 = multiplyAdd(v128.load32_zero(w0 + j), v128.load32_zero(x0 + j), y0)
      y1 = multiplyAdd(v128.load32_zero(w1 + j), v128.load32_zero(x1 + j), y1)
      y2 = multiplyAdd(v128.load32_zero(w2 + j), v128.load32_zero(x2 + j), y2)
      y3 = multiplyAdd(v128.load32_zero(w3 + j), v128.load32_zero(x3 + j), y3)
    }
  }
  v128.store32_lane(y, y0, 0)
  v128.store32_lane(y + step, y1, 0)
  v128.store32_lane(y + 2 * step, y2, 0)
  v128.store32_lane(y + 2 * step + step, y3, 0)
}

/** The same of the blocks [from, to) of one row of blocks: one output. */
function addRow(x: usize, values: usize, columns: usize, from: i32, to: i32, block: i32, c: i32, y: usize): void {
  let sum = v128.load32_zero(y)
  for (let k = from; k < to; k++) {
    let at = x + ((load<u32>(columns + (k << 2)) * c) << 2)
    let w = values + ((k * block) << 2)
    for (let j = 0; j < c; j++) {
      sum = multiplyAdd(v128.load32_zero(w), v128.load32_zero(at), sum)
      w += 4
      at += 4
    }
  }
  v128.store32_lane(y, sum, 0)
}

/** The same of all blocks of one row of blocks: four outputs side by side. */
function addColumns(x: usize, values: usize, columns: usize, offsets: usize, r: i32, c: i32, y: usize): void {
  const from = load<i32>(offsets)
  const last = columns + (load<i32>(offsets, 4) << 2)
  const row: usize = c << 2
  const block: usize = r * row
  const whole = c & ~3
  let sum = v128.load(y)
  let value = values + from * block
  for (let column = columns + (from << 2); column < last; column += 4) {
    let at = x + load<u32>(column) * row
    let w = value
    for (let j = 0; j < whole; j += 4) {
      const x0 = v128.load32_splat(at)
      const x1 = v128.load32_splat(at, 4)
      sum = addBlock(sum, w, row, x0, x1, v128.load32_splat(at, 8), v128.load32_splat(at, 12))
      w += 16
      at += 16
    }
    for (let j = whole; j < c; j++) {
      let four = v128.load32_zero(w)
      four = v128.load32_lane(w + row, four, 1)
      four = v128.load32_lane(w + 2 * row, four, 2)
      four = v128.load32_lane(w + 2 * row + row, four, 3)
      sum = multiplyAdd(v128.load32_splat(at), four, sum)
      w += 4
      at += 4
    }
    value += block
  }
  v128.store(y, sum)
}
