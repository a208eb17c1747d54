/*
 * Walks along one row of f32: every kernel over the last axis is made of these.
 */
import { choose, firstLanes, loadFirst, splat, storeFirst, upperHalf } from './lanes'

/** Four elements at `column` of a row, or those that are left, with zeros behind. */
// @ts-ignore: decorator
@inline
export function loadColumns(row: usize, column: usize, length: usize): v128 {
  const pointer = row + (column << 2)
  return column + 4 <= length ? v128.load(pointer) : loadFirst(pointer, length - column)
}

/** The same, to write. */
// @ts-ignore: decorator
@inline
export function storeColumns(row: usize, column: usize, length: usize, value: v128): void {
  const pointer = row + (column << 2)
  if (column + 4 <= length) v128.store(pointer, value)
  else storeFirst(pointer, value, length - column)
}

/** Zero in the lanes that lie behind the end of a row. */
// @ts-ignore: decorator
@inline
export function withinRow(value: v128, column: usize, length: usize): v128 {
  return column + 4 <= length ? value : v128.and(value, firstLanes(length - column))
}

/** Adds lanes 0 and 1 to two f64. */
// @ts-ignore: decorator
@inline
export function addLower(total: v128, x: v128): v128 {
  return f64x2.add(total, f64x2.promote_low_f32x4(x))
}

/** Adds lanes 2 and 3 to two f64. */
// @ts-ignore: decorator
@inline
export function addUpper(total: v128, x: v128): v128 {
  return f64x2.add(total, f64x2.promote_low_f32x4(upperHalf(x)))
}

/** The sum of four f64. */
// @ts-ignore: decorator
@inline
export function totalOf(lower: v128, upper: v128): f64 {
  const pairs = f64x2.add(lower, upper)
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1)
}

/** max xᵢ; NaN is passed over. */
export function largestInRow(x: usize, length: usize): f32 {
  let largest = splat(-Infinity)
  for (let column: usize = 0; column + 4 <= length; column += 4) {
    largest = f32x4.pmax(largest, v128.load(x + (column << 2)))
  }
  const rest = length & 3
  if (rest) {
    const last = loadFirst(x + ((length - rest) << 2), rest)
    largest = f32x4.pmax(largest, choose(firstLanes(rest), last, largest))
  }
  const pairs = f32x4.pmax(largest, upperHalf(largest))
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1))
}

/** Σ xᵢ, in f64 */
export function sumOfRow(x: usize, length: usize): f64 {
  let lower = splat(0)
  let upper = splat(0)
  for (let column: usize = 0; column < length; column += 4) {
    const value = loadColumns(x, column, length)
    lower = addLower(lower, value)
    upper = addUpper(upper, value)
  }
  return totalOf(lower, upper)
}

/** Σ aᵢ bᵢ: products in f32, their sum in f64 */
export function dotOfRows(a: usize, b: usize, length: usize): f64 {
  let lower = splat(0)
  let upper = splat(0)
  for (let column: usize = 0; column < length; column += 4) {
    const product = f32x4.mul(loadColumns(a, column, length), loadColumns(b, column, length))
    lower = addLower(lower, product)
    upper = addUpper(upper, product)
  }
  return totalOf(lower, upper)
}
