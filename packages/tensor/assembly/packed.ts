/*
 * Weights (c - z) · scale in groups along a row, c of 4 or 8 bits: one behind the other, the first of two in the lower
 * half of a byte. Zero points are u8, f32 (`zeroBytes` 1 or 4), or all 2^(bits - 1) (0).
 */
import { arena, pair } from './arena'
import { entry, splat, sumOfLanes } from './lanes'
import { product, productBytes } from './product'
import { multiplyAdd } from './simd'

/** 2^(bits - 1) for 4 bits and for 8. */
const IMPLIED = memory.data<f32>([8, 128])

/** Where the first three codes of a word are. */
const MASKS4 = memory.data<i32>([0xf, 0xf0, 0xf00])
const MASKS8 = memory.data<i32>([0xff, 0xff00, 0xff0000])

// @ts-ignore: decorator
@inline
export function zeroAt(zeros: usize, zeroBytes: i32, index: usize, bits: i32): f32 {
  if (zeroBytes == 1) return <f32>load<u8>(zeros + index)
  if (zeroBytes == 4) return load<f32>(zeros + (index << 2))
  return <f32>(1 << (bits - 1))
}

/** Bytes of a row of codes. */
// @ts-ignore: decorator
@inline
export function rowBytes(size: i32, bits: i32): usize {
  return (size * bits + 7) >> 3
}

/** Weights [from, to) of a row as f32. `first` is the number of the row's first group. */
function unpack(
  codes: usize,
  scales: usize,
  zeros: usize,
  zeroBytes: i32,
  bits: i32,
  group: i32,
  first: usize,
  from: i32,
  to: i32,
  y: usize,
): void {
  const before = from / group
  let index = first + <usize>before
  for (let next = (before + 1) * group; from < to; next += group) {
    const end = min(next, to)
    const scale = load<f32>(scales + (index << 2))
    const zero = zeroAt(zeros, zeroBytes, index, bits)
    if (bits == 8 || (from & 1) == 0) {
      for (; from + 16 <= end; from += 16) {
        unpackVectors(sixteen(codes + ((from * bits) >> 3), bits), f32x4.splat(zero), f32x4.splat(scale), y)
        y += 64
      }
    }
    for (; from < end; from++) {
      const byte = <u32>load<u8>(codes + ((from * bits) >> 3))
      const code = bits == 8 ? byte : (byte >> ((from & 1) << 2)) & 15
      store<f32>(y, (<f32>code - zero) * scale)
      y += 4
    }
    index++
  }
}

/** Sixteen codes, each as a byte. */
// @ts-ignore: decorator
@inline
export function sixteen(pointer: usize, bits: i32): v128 {
  if (bits == 8) return v128.load(pointer)
  const bytes = v128.load64_zero(pointer)
  const low = v128.and(bytes, i8x16.splat(15))
  return v128.shuffle<i8>(low, i8x16.shr_u(bytes, 4), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline
export function unpackVectors(codes: v128, zero: v128, scale: v128, y: usize): void {
  const lower = i16x8.extend_low_i8x16_u(codes)
  const upper = i16x8.extend_high_i8x16_u(codes)
  v128.store(y, weight(i32x4.extend_low_i16x8_u(lower), zero, scale))
  v128.store(y, weight(i32x4.extend_high_i16x8_u(lower), zero, scale), 16)
  v128.store(y, weight(i32x4.extend_low_i16x8_u(upper), zero, scale), 32)
  v128.store(y, weight(i32x4.extend_high_i16x8_u(upper), zero, scale), 48)
}

// @ts-ignore: decorator
@inline
export function weight(code: v128, zero: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(code), zero), scale)
}

/** Output rows [start, end): rows of a table at ids, which clamp. */
export function packedEmbedding(
  codes: usize,
  scales: usize,
  zeros: usize,
  zeroBytes: i32,
  ids: usize,
  y: usize,
  bits: i32,
  group: i32,
  rows: i32,
  size: i32,
  start: i32,
  end: i32,
): void {
  const groups = (size + group - 1) / group
  for (let row = start; row < end; row++) {
    const id = min(max(load<i32>(ids + (<usize>row << 2)), 0), rows - 1)
    const to = y + (<usize>row * size << 2)
    unpack(codes + <usize>id * rowBytes(size, bits), scales, zeros, zeroBytes, bits, group, <usize>id * groups, 0, size, to)
  }
}

/** Columns of W, and inputs, that are unpacked at a time for a product. */
const blockColumns: i32 = 128
const blockInner: i32 = 256

/** Bytes of the arena that `packedProduct` uses: those of the product, and a block of weights. */
export function packedArena(): usize {
  return productBytes + 4 * blockColumns * blockInner
}

/** y = x Wᵀ + bias (or 0) for many rows: blocks of weights are unpacked and multiplied. An item is 128 columns of y. */
export function packedProduct(
  x: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  zeroBytes: i32,
  bias: usize,
  y: usize,
  bits: i32,
  group: i32,
  rows: i32,
  columns: i32,
  inner: i32,
  start: i32,
  end: i32,
): void {
  const groups = (inner + group - 1) / group
  const weights = arena() + productBytes
  const yStep: usize = columns << 2
  for (let item = start; item < end; item++) {
    const column = item * blockColumns
    const width = min(blockColumns, columns - column)
    const to = y + (<usize>column << 2)
    for (let k = 0; k < inner; k += blockInner) {
      const depth = min(blockInner, inner - k)
      const step = <usize>depth << 2
      for (let i = 0; i < width; i++) {
        const row = <usize>(column + i)
        const from = codes + row * rowBytes(inner, bits)
        unpack(from, scales, zeros, zeroBytes, bits, group, row * groups, k, k + depth, weights + <usize>i * step)
      }
      const init = k > 0 ? to : bias ? bias + (<usize>column << 2) : 0
      product(x + (<usize>k << 2), <usize>inner << 2, 4, weights, 4, step, init, k > 0 ? yStep : 0, to, yStep, rows, width, depth)
    }
  }
}

/** Weights of a step of `packedVector`, and numbers that it reads of x for sixteen of them. */
const STEP: i32 = 32
const ORDERED: i32 = 20

/** Numbers of a row of x in the order of `packedVector`. */
export function orderedLength(inner: i32): i32 {
  return ((inner + STEP - 1) & -STEP) / 16 * ORDERED
}

/**
 * Rows of x in the order in which `packedVector` finds codes. Of each sixteen first the 1st, 5th, 9th and 13th, then the
 * 2nd and so on, then minus the sum of those four vectors; zeros behind. The second and third are divided by 2^bits and
 * 4^bits, since their codes are left where they are in a word, as so many times what they are.
 */
export function orderRows(x: usize, y: usize, bits: i32, inner: i32, start: i32, end: i32): void {
  const length = orderedLength(inner)
  const second: f32 = <f32>1 / <f32>(1 << bits)
  for (let row = start; row < end; row++) {
    const to = y + (<usize>row * length << 2)
    memory.fill(to, 0, <usize>length << 2)
    for (let k = 0; k < inner; k++) {
      const value = load<f32>(x + ((<usize>row * inner + k) << 2))
      const part = k & 3
      const place = to + (<usize>((k >> 4) * ORDERED + ((k >> 2) & 3)) << 2)
      const sums = place + 64
      store<f32>(place + (<usize>part << 4), part == 1 ? value * second : part == 2 ? value * second * second : value)
      store<f32>(sums, load<f32>(sums) - value)
    }
  }
}

/**
 * y = x Wᵀ + bias (or 0) for a few rows, as `orderRows` leaves them; groups are whole steps of 32, or one is a row. An
 * item is a column of y.
 */
export function packedVector(
  x: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  zeroBytes: i32,
  bias: usize,
  y: usize,
  bits: i32,
  group: i32,
  rows: i32,
  columns: i32,
  inner: i32,
  start: i32,
  end: i32,
): void {
  const length = <usize>orderedLength(inner) << 2
  for (let row = 0; row < rows; row++) {
    const bytewise = zeroBytes == 1
    if (bits == 4 && bytewise) rowTimes<Nibbles, ByteZeros>(x, codes, scales, zeros, bias, y, group, inner, start, end)
    else if (bits == 4) rowTimes<Nibbles, FloatZeros>(x, codes, scales, zeros, bias, y, group, inner, start, end)
    else if (bytewise) rowTimes<Bytes, ByteZeros>(x, codes, scales, zeros, bias, y, group, inner, start, end)
    else rowTimes<Bytes, FloatZeros>(x, codes, scales, zeros, bias, y, group, inner, start, end)
    x += length
    y += <usize>columns << 2
  }
}

/** One row of y, from column `start` to `end`. */
function rowTimes<Codes, Zeros>(
  x: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  bias: usize,
  y: usize,
  group: i32,
  inner: i32,
  start: i32,
  end: i32,
): void {
  const bits = changetype<Codes>(0).bits()
  const groups = (inner + group - 1) / group
  for (let column = start; column < end; column++) {
    const first = <usize>column * groups
    const code = codes + <usize>column * rowBytes(inner, bits)
    // Where there are no zero points, one stands for all.
    const zero = zeros ? zeros + first * changetype<Zeros>(0).bytes() : bits == 4 ? IMPLIED : IMPLIED + 4
    const step = zeros ? changetype<Zeros>(0).bytes() : 0
    const sum = dot<Codes, Zeros>(x, code, scales + (first << 2), zero, step, group, inner)
    const place = <usize>column << 2
    store<f32>(y + place, <f32>(bias ? sum + load<f32>(bias + place) : sum))
  }
}

/* Sixteen codes as four words of four codes each, the first in the lowest bits. */

@unmanaged class Nibbles {
  @inline bits(): i32 { return 4 }
  @inline masks(): usize { return MASKS4 }
  @inline words(pointer: usize): v128 { return v128.load_ext<u16>(pointer) }
  @inline wordsBehind(pointer: usize): v128 { return v128.load_ext<u16>(pointer, 8) }
}
@unmanaged class Bytes {
  @inline bits(): i32 { return 8 }
  @inline masks(): usize { return MASKS8 }
  @inline words(pointer: usize): v128 { return v128.load(pointer) }
  @inline wordsBehind(pointer: usize): v128 { return v128.load(pointer, 16) }
}

/* A zero point in all lanes. */

@unmanaged class FloatZeros {
  @inline bytes(): usize { return 4 }
  @inline splat(pointer: usize): v128 { return v128.load32_splat(pointer) }
}
@unmanaged class ByteZeros {
  @inline bytes(): usize { return 1 }
  @inline splat(pointer: usize): v128 {
    return f32x4.convert_i32x4_s(v128.and(v128.load8_splat(pointer), entry(MASKS8, 0)))
  }
}

/**
 * Σ x (c - z) · scale of a row of codes: of four vectors Σ x c - z Σ x, while it is still four numbers that are summed.
 * Beyond the last code x is 0, and whatever lies there is finite.
 *
 * One loop over all steps, which moves on to the next group at its end: a loop over groups around one over steps took
 * 1.6 times as long with groups of one step.
 */
// @ts-ignore: decorator
@inline
export function dot<Codes, Zeros>(
  x: usize,
  codes: usize,
  scale: usize,
  zero: usize,
  zeroStep: usize,
  group: i32,
  inner: i32,
): f64 {
  const f = changetype<Codes>(0)
  const g = changetype<Zeros>(0)
  const bits = f.bits()
  const first = entry(f.masks(), 0)
  const second = entry(f.masks(), 1)
  const third = entry(f.masks(), 2)
  let lower = splat(0)
  let upper = splat(0)
  let end = group
  for (let k = STEP; k < inner + STEP; k += STEP) {
    const z = g.splat(zero)
    const s = v128.load32_splat(scale)
    const a = f.words(codes)
    const b = f.wordsBehind(codes)
    let sumA = f32x4.mul(v128.load(x, 64), z)
    let sumB = f32x4.mul(v128.load(x, 144), z)
    sumA = multiplyAdd(v128.load(x), f32x4.convert_i32x4_s(v128.and(a, first)), sumA)
    sumB = multiplyAdd(v128.load(x, 80), f32x4.convert_i32x4_s(v128.and(b, first)), sumB)
    sumA = multiplyAdd(v128.load(x, 16), f32x4.convert_i32x4_s(v128.and(a, second)), sumA)
    sumB = multiplyAdd(v128.load(x, 96), f32x4.convert_i32x4_s(v128.and(b, second)), sumB)
    sumA = multiplyAdd(v128.load(x, 32), f32x4.convert_i32x4_s(v128.and(a, third)), sumA)
    sumB = multiplyAdd(v128.load(x, 112), f32x4.convert_i32x4_s(v128.and(b, third)), sumB)
    sumA = multiplyAdd(v128.load(x, 48), f32x4.convert_i32x4_s(i32x4.shr_u(a, 3 * bits)), sumA)
    sumB = multiplyAdd(v128.load(x, 128), f32x4.convert_i32x4_s(i32x4.shr_u(b, 3 * bits)), sumB)
    lower = multiplyAdd(sumA, s, lower)
    upper = multiplyAdd(sumB, s, upper)
    x += (2 * ORDERED) << 2
    codes += STEP * bits >> 3
    const isLast = k == end
    end += isLast ? group : 0
    scale += isLast ? 4 : 0
    zero += isLast ? zeroStep : 0
  }
  pair(lower, upper)
  return sumOfLanes(lower) + sumOfLanes(upper)
}
