/*
 * Pieces of vectors: constants, the last elements of a row, sums and maxima across lanes.
 */

// @ts-ignore: decorator
@inline
export function splat(value: f32): v128 {
  return f32x4.splat(value)
}

/**
 * Entry `index` of a table of four bytes each, four times. Constants of loops lie in memory: engines rebuild a v128.const
 * by several instructions wherever it is used, and load one from memory by one.
 */
// @ts-ignore: decorator
@inline
export function entry(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2))
}

/** Where the mask is set a, elsewhere b. A lane of four bytes of the mask is all ones or all zeros: then one instruction does it. */
// @ts-ignore: decorator
@inline
export function choose(mask: v128, a: v128, b: v128): v128 {
  // @ts-ignore: RELAXED is defined by the build (--use RELAXED=0 or 1)
  if (RELAXED) return i32x4.relaxed_laneselect(a, b, mask)
  return v128.bitselect(a, b, mask)
}

/** The first `count` of four elements of four bytes, 0 < count < 4; zeros behind. Reads nothing beyond them. */
export function loadFirst(pointer: usize, count: usize): v128 {
  if (count == 1) return v128.load32_zero(pointer)
  const two = v128.load64_zero(pointer)
  return count == 2 ? two : v128.load32_lane(pointer + 8, two, 2)
}

/** Writes the first `count` of four elements of four bytes, 0 < count < 4, and nothing behind them. */
export function storeFirst(pointer: usize, value: v128, count: usize): void {
  if (count == 1) return v128.store32_lane(pointer, value, 0)
  v128.store64_lane(pointer, value, 0)
  if (count == 3) v128.store32_lane(pointer + 8, value, 2)
}

/** All bits of the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function firstLanes(count: usize): v128 {
  return i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(<i32>count))
}

/** Lanes 2 and 3 in place of lanes 0 and 1. */
// @ts-ignore: decorator
@inline
export function upperHalf(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0)
}

/** x₀ + x₁ + x₂ + x₃, formed in f64 */
// @ts-ignore: decorator
@inline
export function sumOfLanes(x: v128): f64 {
  const pairs = f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(upperHalf(x)))
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1)
}

/** One element, four times at least. */
// @ts-ignore: decorator
@inline
export function loadSplat<T>(pointer: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(pointer) : v128.load8_splat(pointer)
}

// @ts-ignore: decorator
@inline
export function storeOne<T>(pointer: usize, value: v128): void {
  if (sizeof<T>() == 4) v128.store32_lane(pointer, value, 0)
  else v128.store8_lane(pointer, value, 0)
}
