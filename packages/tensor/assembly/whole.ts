/*
 * Products of whole numbers: rows of x as i16 steps of their own, times rows of i8 codes. Both lie along the inner index,
 * so eight products of each are one instruction and its sum (i32x4.dot_i16x8_s), and nothing is packed. Sums are exact,
 * so blocks, tiles and threads change no bits.
 */
import { arena, blockOffset } from './arena'
import { splat, storeFirst } from './lanes'

/** 127, and all bits but the sign. */
const GREATEST = memory.data<f32>([127])
const MAGNITUDE = memory.data<i32>([0x7fffffff])

/** What rows of whole numbers are padded to, with zeros: the elements of a step of the product. */
const STEP: i32 = 16

/** Elements of a row of whole numbers. */
export function paddedLength(inner: i32): i32 {
  return (inner + STEP - 1) & -STEP
}

/**
 * Rows [start, end) of x as q = round(x / s), s = max|x| / 127, i16, each padded with zeros. s goes to `steps`. Where s
 * is 0, q is; where x has NaN or an infinity, s has too.
 */
export function quantizeRows(x: usize, q: usize, steps: usize, inner: i32, start: i32, end: i32): void {
  const length = <usize>paddedLength(inner)
  for (let row = start; row < end; row++) {
    const from = x + (<usize>row * inner << 2)
    const to = q + (<usize>row * length << 1)
    const step = largest(from, inner) / <f32>127
    store<f32>(steps + (<usize>row << 2), step)
    if (step == 0) memory.fill(to, 0, length << 1)
    else quantizeRow(from, to, inner, step)
  }
}

/** max |x|; NaN if there is one */
function largest(x: usize, count: i32): f32 {
  const vectors = x + (<usize>(count & ~3) << 2)
  const end = x + (<usize>count << 2)
  const magnitude = v128.load32_splat(MAGNITUDE)
  let most = splat(0)
  for (; x < vectors; x += 16) most = f32x4.max(most, v128.and(v128.load(x), magnitude))
  for (; x < end; x += 4) most = f32x4.max(most, v128.and(v128.load32_splat(x), magnitude))
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1))
  return f32x4.extract_lane(f32x4.max(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2)), 0)
}

function quantizeRow(x: usize, q: usize, inner: i32, step: f32): void {
  const s = f32x4.splat(step)
  const greatest = i16x8.splat(127)
  const least = i16x8.splat(-127)
  const whole = inner & ~7
  for (let k = 0; k < whole; k += 8) {
    const lower = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.div(v128.load(x), s)))
    const upper = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.div(v128.load(x, 16), s)))
    v128.store(q, i16x8.max_s(i16x8.min_s(i16x8.narrow_i32x4_s(lower, upper), greatest), least))
    x += 32
    q += 16
  }
  for (let k = whole; k < inner; k++) {
    const steps = nearest<f32>(load<f32>(x) / step)
    // NaN becomes 0.
    const code = steps > 127 ? 127 : steps < -127 ? -127 : steps == steps ? <i32>steps : 0
    store<i16>(q, <i16>code)
    x += 4
    q += 2
  }
  memory.fill(q, 0, <usize>(paddedLength(inner) - inner) << 1)
}

/**
 * y = (Σ q c) · (s · scale) + bias for few rows. An item is `itemColumns` columns, whose codes stay in the first-level
 * cache.
 *
 * @param bias or 0
 * @param joined whether the engine joins pairs of vectors
 */
export function wholeProduct(
  q: usize,
  steps: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  y: usize,
  rows: i32,
  columns: i32,
  inner: i32,
  itemColumns: i32,
  joined: i32,
  start: i32,
  end: i32,
): void {
  for (let item = start; item < end; item++) {
    const column = item * itemColumns
    const last = min(column + itemColumns, columns)
    for (let row = 0; row < rows; row += 2) {
      twoRows(q, steps, codes, scales, bias, y, columns, inner, row, min(2, rows - row), column, last, joined)
    }
  }
}

/** Columns of a tile, which are a vector of outputs. It has two rows, or one. */
const TILE: i32 = 4

function twoRows(
  q: usize,
  steps: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  y: usize,
  columns: i32,
  inner: i32,
  row: i32,
  height: i32,
  firstColumn: i32,
  lastColumn: i32,
  joined: i32,
): void {
  const length = <usize>paddedLength(inner)
  const sums = arena() + blockOffset
  const from = q + (<usize>row * length << 1)
  for (let column = firstColumn; column < lastColumn; column += TILE) {
    const present = min(TILE, lastColumn - column)
    const c = codes + <usize>column * inner
    // Columns that are not there are the last one once more.
    const c1 = c + <usize>min(1, present - 1) * inner
    const c2 = c + <usize>min(2, present - 1) * inner
    const c3 = c + <usize>min(3, present - 1) * inner
    if (height == 1) tile1x4(from, c, c1, c2, c3, length, sums)
    else if (joined) pairs2x4(from, c, c1, c2, c3, length, sums)
    else tile2x4(from, c, c1, c2, c3, length, sums)
    const place: usize = column << 2
    for (let i = 0; i < height; i++) {
      const step = load<f32>(steps + (<usize>(row + i) << 2))
      const to = y + ((<usize>(row + i) * columns + column) << 2)
      finish(sums + (<usize>i << 7), step, scales + place, bias ? bias + place : 0, to, present)
    }
  }
}

/** Four sums of eight lanes each as outputs, of which `present` are stored. */
// @ts-ignore: decorator
@inline
export function finish(sums: usize, step: f32, scales: usize, bias: usize, y: usize, present: i32): void {
  const ab = pairOfSums(sums)
  const cd = pairOfSums(sums + 64)
  const whole = i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7))
  const scale = f32x4.mul(f32x4.splat(step), v128.load(scales))
  const product = f32x4.mul(f32x4.convert_i32x4_s(whole), scale)
  const result = bias ? f32x4.add(product, v128.load(bias)) : product
  if (present == TILE) v128.store(y, result)
  else storeFirst(y, result, present)
}

/** Sums a and b, of eight lanes each, as two lanes of a and b that are left to add. */
// @ts-ignore: decorator
@inline
export function pairOfSums(at: usize): v128 {
  const a = i32x4.add(v128.load(at), v128.load(at, 16))
  const b = i32x4.add(v128.load(at, 32), v128.load(at, 48))
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
}

/** sum + eight products */
// @ts-ignore: decorator
@inline
export function add(sum: v128, q: v128, c: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(q, c))
}

/** Eight codes. */
// @ts-ignore: decorator
@inline
export function wide(pointer: usize): v128 {
  return v128.load_ext<i8>(pointer)
}
// @ts-ignore: decorator
@inline
export function wideUpper(pointer: usize): v128 {
  return v128.load_ext<i8>(pointer, 8)
}

/** 2 rows x 4 columns, a vector at a time: 8 registers. */
function tile2x4(q: usize, c: usize, c1: usize, c2: usize, c3: usize, length: usize, sums: usize): void {
  let s00 = i32x4.splat(0)
  let s01 = i32x4.splat(0)
  let s02 = i32x4.splat(0)
  let s03 = i32x4.splat(0)
  let s10 = i32x4.splat(0)
  let s11 = i32x4.splat(0)
  let s12 = i32x4.splat(0)
  let s13 = i32x4.splat(0)
  let q1 = q + (length << 1)
  const end = q + (length << 1)
  while (q < end) {
    const w0 = wide(c)
    const w1 = wide(c1)
    const w2 = wide(c2)
    const w3 = wide(c3)
    const x0 = v128.load(q)
    s00 = add(s00, x0, w0)
    s01 = add(s01, x0, w1)
    s02 = add(s02, x0, w2)
    s03 = add(s03, x0, w3)
    const x1 = v128.load(q1)
    s10 = add(s10, x1, w0)
    s11 = add(s11, x1, w1)
    s12 = add(s12, x1, w2)
    s13 = add(s13, x1, w3)
    q += 16
    q1 += 16
    c += 8
    c1 += 8
    c2 += 8
    c3 += 8
  }
  v128.store(sums, s00)
  v128.store(sums, i32x4.splat(0), 16)
  v128.store(sums, s01, 32)
  v128.store(sums, i32x4.splat(0), 48)
  v128.store(sums, s02, 64)
  v128.store(sums, i32x4.splat(0), 80)
  v128.store(sums, s03, 96)
  v128.store(sums, i32x4.splat(0), 112)
  v128.store(sums, s10, 128)
  v128.store(sums, i32x4.splat(0), 144)
  v128.store(sums, s11, 160)
  v128.store(sums, i32x4.splat(0), 176)
  v128.store(sums, s12, 192)
  v128.store(sums, i32x4.splat(0), 208)
  v128.store(sums, s13, 224)
  v128.store(sums, i32x4.splat(0), 240)
}

/** The same by pairs of vectors: 8 registers of 256 bits, where the engine joins them; else too many. */
function pairs2x4(q: usize, c: usize, c1: usize, c2: usize, c3: usize, length: usize, sums: usize): void {
  let s00a = i32x4.splat(0)
  let s00b = i32x4.splat(0)
  let s01a = i32x4.splat(0)
  let s01b = i32x4.splat(0)
  let s02a = i32x4.splat(0)
  let s02b = i32x4.splat(0)
  let s03a = i32x4.splat(0)
  let s03b = i32x4.splat(0)
  let s10a = i32x4.splat(0)
  let s10b = i32x4.splat(0)
  let s11a = i32x4.splat(0)
  let s11b = i32x4.splat(0)
  let s12a = i32x4.splat(0)
  let s12b = i32x4.splat(0)
  let s13a = i32x4.splat(0)
  let s13b = i32x4.splat(0)
  let q1 = q + (length << 1)
  const end = q + (length << 1)
  while (q < end) {
    const w0a = wide(c)
    const w0b = wideUpper(c)
    const w1a = wide(c1)
    const w1b = wideUpper(c1)
    const w2a = wide(c2)
    const w2b = wideUpper(c2)
    const w3a = wide(c3)
    const w3b = wideUpper(c3)
    const x0a = v128.load(q)
    const x0b = v128.load(q, 16)
    s00a = add(s00a, x0a, w0a)
    s00b = add(s00b, x0b, w0b)
    s01a = add(s01a, x0a, w1a)
    s01b = add(s01b, x0b, w1b)
    s02a = add(s02a, x0a, w2a)
    s02b = add(s02b, x0b, w2b)
    s03a = add(s03a, x0a, w3a)
    s03b = add(s03b, x0b, w3b)
    const x1a = v128.load(q1)
    const x1b = v128.load(q1, 16)
    s10a = add(s10a, x1a, w0a)
    s10b = add(s10b, x1b, w0b)
    s11a = add(s11a, x1a, w1a)
    s11b = add(s11b, x1b, w1b)
    s12a = add(s12a, x1a, w2a)
    s12b = add(s12b, x1b, w2b)
    s13a = add(s13a, x1a, w3a)
    s13b = add(s13b, x1b, w3b)
    q += 32
    q1 += 32
    c += 16
    c1 += 16
    c2 += 16
    c3 += 16
  }
  v128.store(sums, s00b, 16)
  v128.store(sums, s00a)
  v128.store(sums, s01b, 48)
  v128.store(sums, s01a, 32)
  v128.store(sums, s02b, 80)
  v128.store(sums, s02a, 64)
  v128.store(sums, s03b, 112)
  v128.store(sums, s03a, 96)
  v128.store(sums, s10b, 144)
  v128.store(sums, s10a, 128)
  v128.store(sums, s11b, 176)
  v128.store(sums, s11a, 160)
  v128.store(sums, s12b, 208)
  v128.store(sums, s12a, 192)
  v128.store(sums, s13b, 240)
  v128.store(sums, s13a, 224)
}

/** One row x 4 columns by pairs. */
function tile1x4(q: usize, c: usize, c1: usize, c2: usize, c3: usize, length: usize, sums: usize): void {
  let s00a = i32x4.splat(0)
  let s00b = i32x4.splat(0)
  let s01a = i32x4.splat(0)
  let s01b = i32x4.splat(0)
  let s02a = i32x4.splat(0)
  let s02b = i32x4.splat(0)
  let s03a = i32x4.splat(0)
  let s03b = i32x4.splat(0)
  const end = q + (length << 1)
  while (q < end) {
    const w0a = wide(c)
    const w0b = wideUpper(c)
    const w1a = wide(c1)
    const w1b = wideUpper(c1)
    const w2a = wide(c2)
    const w2b = wideUpper(c2)
    const w3a = wide(c3)
    const w3b = wideUpper(c3)
    const x0a = v128.load(q)
    const x0b = v128.load(q, 16)
    s00a = add(s00a, x0a, w0a)
    s00b = add(s00b, x0b, w0b)
    s01a = add(s01a, x0a, w1a)
    s01b = add(s01b, x0b, w1b)
    s02a = add(s02a, x0a, w2a)
    s02b = add(s02b, x0b, w2b)
    s03a = add(s03a, x0a, w3a)
    s03b = add(s03b, x0b, w3b)
    q += 32
    c += 16
    c1 += 16
    c2 += 16
    c3 += 16
  }
  v128.store(sums, s00b, 16)
  v128.store(sums, s00a)
  v128.store(sums, s01b, 48)
  v128.store(sums, s01a, 32)
  v128.store(sums, s02b, 80)
  v128.store(sums, s02a, 64)
  v128.store(sums, s03b, 112)
  v128.store(sums, s03a, 96)
}
