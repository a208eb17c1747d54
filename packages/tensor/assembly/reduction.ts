/*
 * Sums and maxima over axes. Two descriptions of walks over x (see loops.ts): of the kept axes, and of the reduced ones,
 * whose rows are the innermost reduced axis and number `count`. Where that axis is the last of x, vectors lie along it
 * (…Rows, one output after the other); else along the last kept axis (…Columns, several outputs at once). Each kernel
 * does the outputs [start, end).
 *
 * Sums of f32 are formed in f64 and rounded once, so their error does not grow with the length.
 */
import { arena, pair } from './arena'
import { choose, entry, firstLanes, loadFirst, splat, storeFirst, upperHalf } from './lanes'
import { lengthOf, rowOffset, stepOf } from './loops'

/*
 * What is folded but sums of f32: two vectors of totals, lower and upper; `low` and `high` add four elements to each, of which `neutral`
 * changes nothing. `columns` makes four results of them, one to a lane, `whole` makes one, in lane 0.
 */
@unmanaged class SumInteger {
  @inline neutral(): v128 { return splat(0) }
  @inline start(): v128 { return splat(0) }
  @inline low(total: v128, x: v128): v128 { return i32x4.add(total, x) }
  @inline high(total: v128, x: v128): v128 { return total }
  @inline merge(a: v128, b: v128): v128 { return i32x4.add(a, b) }
  @inline mergeHigh(a: v128, b: v128): v128 { return a }
  @inline columns(low: v128, high: v128): v128 { return low }
  @inline whole(low: v128, high: v128): v128 {
    const pairs = i32x4.add(low, upperHalf(low))
    return i32x4.add(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2))
  }
}

/** ∞ and -∞, ordered. */
const ORDER = memory.data<u32>([0x7f800000, 0x807fffff])

/** The bits of a float as a whole number that orders as the float does, -0 before 0; undoes itself. */
// @ts-ignore: decorator
@inline
export function ordered(x: v128): v128 {
  return v128.xor(x, i32x4.shr_u(i32x4.shr_s(x, 31), 1))
}

/*
 * f32 by its bits, since engines need ten instructions for a maximum that knows NaN and the sign of zero. As whole
 * numbers NaN lie above ∞ or below -∞: `high` is the smallest element, and remembers the latter.
 */
@unmanaged class Max {
  @inline neutral(): v128 { return splat(-Infinity) }
  @inline start(): v128 { return entry(ORDER, 1) }
  @inline low(total: v128, x: v128): v128 { return i32x4.max_s(total, ordered(x)) }
  @inline high(total: v128, x: v128): v128 { return i32x4.min_s(total, ordered(x)) }
  @inline merge(a: v128, b: v128): v128 { return i32x4.max_s(a, b) }
  @inline mergeHigh(a: v128, b: v128): v128 { return i32x4.min_s(a, b) }
  @inline columns(low: v128, high: v128): v128 {
    const isNaN = v128.or(i32x4.gt_s(low, entry(ORDER, 0)), i32x4.lt_s(high, entry(ORDER, 1)))
    return v128.or(ordered(low), isNaN)
  }
  @inline whole(low: v128, high: v128): v128 {
    const lowPairs = i32x4.max_s(low, upperHalf(low))
    const highPairs = i32x4.min_s(high, upperHalf(high))
    const largest = i32x4.max_s(lowPairs, i32x4.shuffle(lowPairs, lowPairs, 1, 0, 3, 2))
    const smallest = i32x4.min_s(highPairs, i32x4.shuffle(highPairs, highPairs, 1, 0, 3, 2))
    return this.columns(largest, smallest)
  }
}

@unmanaged class MaxSigned {
  @inline neutral(): v128 { return i32x4.splat(i32.MIN_VALUE) }
  @inline start(): v128 { return i32x4.splat(i32.MIN_VALUE) }
  @inline low(total: v128, x: v128): v128 { return i32x4.max_s(total, x) }
  @inline high(total: v128, x: v128): v128 { return total }
  @inline merge(a: v128, b: v128): v128 { return i32x4.max_s(a, b) }
  @inline mergeHigh(a: v128, b: v128): v128 { return a }
  @inline columns(low: v128, high: v128): v128 { return low }
  @inline whole(low: v128, high: v128): v128 {
    const pairs = i32x4.max_s(low, upperHalf(low))
    return i32x4.max_s(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2))
  }
}

@unmanaged class MaxUnsigned {
  @inline neutral(): v128 { return splat(0) }
  @inline start(): v128 { return splat(0) }
  @inline low(total: v128, x: v128): v128 { return i32x4.max_u(total, x) }
  @inline high(total: v128, x: v128): v128 { return total }
  @inline merge(a: v128, b: v128): v128 { return i32x4.max_u(a, b) }
  @inline mergeHigh(a: v128, b: v128): v128 { return a }
  @inline columns(low: v128, high: v128): v128 { return low }
  @inline whole(low: v128, high: v128): v128 {
    const pairs = i32x4.max_u(low, upperHalf(low))
    return i32x4.max_u(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2))
  }
}

function reduceRows<R>(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  const r = changetype<R>(0)
  const length = lengthOf(reduced)
  const eights = length & ~7
  for (let i = start; i < end; i++) {
    const first = x + rowOffset(i, kept, 1, 0)
    let low0 = r.start()
    let high0 = r.start()
    let low1 = r.start()
    let high1 = r.start()
    let lowRest = r.start()
    let highRest = r.start()
    for (let row: usize = 0; row < count; row++) {
      const from = first + rowOffset(row, reduced, 1, 0)
      let k: usize = 0
      for (; k < eights; k += 8) {
        const a = v128.load(from + (k << 2))
        const b = v128.load(from + (k << 2), 16)
        low0 = r.low(low0, a)
        low1 = r.low(low1, b)
        high0 = r.high(high0, a)
        high1 = r.high(high1, b)
      }
      for (; k < length; k += 4) {
        const rest = length - k
        const from4 = from + (k << 2)
        const a = rest < 4 ? choose(firstLanes(rest), loadFirst(from4, rest), r.neutral()) : v128.load(from4)
        lowRest = r.low(lowRest, a)
        highRest = r.high(highRest, a)
      }
    }
    pair(low0, low1)
    pair(high0, high1, 1)
    const low = r.merge(r.merge(low0, low1), lowRest)
    const high = r.mergeHigh(r.mergeHigh(high0, high1), highRest)
    v128.store32_lane(y + (i << 2), r.whole(low, high), 0)
  }
}

/** Four outputs, or the first few of four. */
function reduceFour<R>(first: usize, y: usize, few: usize, reduced: usize, count: usize): void {
  const r = changetype<R>(0)
  const length = lengthOf(reduced)
  const stride = stepOf(reduced, 0) << 2
  let low = r.start()
  let high = r.start()
  for (let row: usize = 0; row < count; row++) {
    let from = first + rowOffset(row, reduced, 1, 0)
    for (let k: usize = 0; k < length; k++, from += stride) {
      const a = few < 4 ? loadFirst(from, few) : v128.load(from)
      low = r.low(low, a)
      high = r.high(high, a)
    }
  }
  if (few < 4) storeFirst(y, r.columns(low, high), few)
  else v128.store(y, r.columns(low, high))
}

/** Sixteen outputs: a line of the cache at a time. */
function reduceSixteen<R>(first: usize, y: usize, reduced: usize, count: usize): void {
  const r = changetype<R>(0)
  const length = lengthOf(reduced)
  const stride = stepOf(reduced, 0) << 2
  let low0 = r.start()
  let high0 = r.start()
  let low1 = r.start()
  let high1 = r.start()
  let low2 = r.start()
  let high2 = r.start()
  let low3 = r.start()
  let high3 = r.start()
  for (let row: usize = 0; row < count; row++) {
    let from = first + rowOffset(row, reduced, 1, 0)
    for (let k: usize = 0; k < length; k++, from += stride) {
      const a = v128.load(from)
      const b = v128.load(from, 16)
      const c = v128.load(from, 32)
      const d = v128.load(from, 48)
      low0 = r.low(low0, a)
      high0 = r.high(high0, a)
      low1 = r.low(low1, b)
      high1 = r.high(high1, b)
      low2 = r.low(low2, c)
      high2 = r.high(high2, c)
      low3 = r.low(low3, d)
      high3 = r.high(high3, d)
    }
  }
  v128.store(y, r.columns(low0, high0))
  v128.store(y, r.columns(low1, high1), 16)
  v128.store(y, r.columns(low2, high2), 32)
  v128.store(y, r.columns(low3, high3), 48)
}

function reduceColumns<R>(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  const width = lengthOf(kept)
  for (let i = start; i < end; ) {
    const row = i / width
    const column = i - row * width
    const left = min(width - column, end - i)
    const from = x + rowOffset(row, kept, 1, 0) + (column << 2)
    const to = y + (i << 2)
    if (left >= 16) {
      reduceSixteen<R>(from, to, reduced, count)
      i += 16
    } else {
      const few = min(left, 4)
      reduceFour<R>(from, to, few, reduced, count)
      i += few
    }
  }
}

/** Two elements as f64. */
// @ts-ignore: decorator
@inline
export function loadTwo(pointer: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pointer))
}

/** f32 */
export function sumRows(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  const length = lengthOf(reduced)
  const bytes = length << 2
  for (let i = start; i < end; i++) {
    const first = x + rowOffset(i, kept, 1, 0)
    let a = splat(0)
    let b = a
    let c = a
    let d = a
    for (let row: usize = 0; row < count; row++) {
      const from = first + rowOffset(row, reduced, 1, 0)
      let k: usize = 0
      for (; k + 32 <= bytes; k += 32) {
        a = f64x2.add(a, loadTwo(from + k))
        b = f64x2.add(b, loadTwo(from + k + 8))
        c = f64x2.add(c, loadTwo(from + k + 16))
        d = f64x2.add(d, loadTwo(from + k + 24))
      }
      for (; k + 8 <= bytes; k += 8) a = f64x2.add(a, loadTwo(from + k))
      if (k < bytes) b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load32_zero(from + k)))
    }
    const pairs = f64x2.add(f64x2.add(a, c), f64x2.add(b, d))
    store<f32>(y + (i << 2), <f32>(f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1)))
  }
}

/** Outputs whose totals, f64, lie in the arena of the thread, behind the zeros at its start. */
const STRIPE: usize = 512

/** totals += x */
function addRow(x: usize, totals: usize, width: usize): void {
  for (let i: usize = 0; i < width; i++) store<f64>(totals + (i << 3), load<f64>(totals + (i << 3)) + load<f32>(x + (i << 2)))
}

/** The sum of two elements of each of four rows, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
export function twoOfFourRows(x: usize, stride: usize): v128 {
  const z = x + 2 * stride
  return f64x2.add(f64x2.add(loadTwo(x), loadTwo(x + stride)), f64x2.add(loadTwo(z), loadTwo(z + stride)))
}

/** Four rows, `stride` bytes apart, whose `width` is a multiple of four. */
function addFourRows(x: usize, stride: usize, totals: usize, width: usize): void {
  for (let i: usize = 0; i < width; i += 4) {
    const low = twoOfFourRows(x + (i << 2), stride)
    const high = twoOfFourRows(x + (i << 2) + 8, stride)
    const total = totals + (i << 3)
    v128.store(total, f64x2.add(v128.load(total), low))
    v128.store(total, f64x2.add(v128.load(total, 16), high), 16)
  }
}

/** `width` outputs, four rows of x at a time, each from one end to the other, as memory likes it. */
function sumStripe(x: usize, y: usize, width: usize, reduced: usize, count: usize): void {
  const totals = arena() + 64
  memory.fill(totals, 0, (width + 3) << 3)
  const length = lengthOf(reduced)
  const fours: usize = width & 3 ? 0 : length & ~3
  const stride = stepOf(reduced, 0) << 2
  for (let row: usize = 0; row < count; row++) {
    let from = x + rowOffset(row, reduced, 1, 0)
    let k: usize = 0
    for (; k < fours; k += 4, from += 4 * stride) addFourRows(from, stride, totals, width)
    for (; k < length; k++, from += stride) addRow(from, totals, width)
  }
  for (let i: usize = 0; i < width; i++) store<f32>(y + (i << 2), <f32>load<f64>(totals + (i << 3)))
}

/** f32 */
export function sumColumns(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  const width = lengthOf(kept)
  for (let i = start; i < end; ) {
    const row = i / width
    const column = i - row * width
    const outputs = min(min(width - column, end - i), STRIPE)
    sumStripe(x + rowOffset(row, kept, 1, 0) + (column << 2), y + (i << 2), outputs, reduced, count)
    i += outputs
  }
}

/** i32 or u32; wraps */
export function sumIntegerRows(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceRows<SumInteger>(x, y, kept, reduced, count, start, end)
}

/** i32 or u32; wraps */
export function sumIntegerColumns(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceColumns<SumInteger>(x, y, kept, reduced, count, start, end)
}

/** f32; NaN if one is */
export function maxRows(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceRows<Max>(x, y, kept, reduced, count, start, end)
}

/** f32; NaN if one is */
export function maxColumns(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceColumns<Max>(x, y, kept, reduced, count, start, end)
}

/** i32 */
export function maxSignedRows(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceRows<MaxSigned>(x, y, kept, reduced, count, start, end)
}

/** i32 */
export function maxSignedColumns(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceColumns<MaxSigned>(x, y, kept, reduced, count, start, end)
}

/** u32 */
export function maxUnsignedRows(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceRows<MaxUnsigned>(x, y, kept, reduced, count, start, end)
}

/** u32 */
export function maxUnsignedColumns(x: usize, y: usize, kept: usize, reduced: usize, count: usize, start: usize, end: usize): void {
  reduceColumns<MaxUnsigned>(x, y, kept, reduced, count, start, end)
}
