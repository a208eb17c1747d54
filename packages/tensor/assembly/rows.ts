/*
 * Walks along one row of f32: every kernel over the last axis is made of these.
 */
import { arena, BLOCK_NUMBERS, blockOffset, pair } from './arena'
import { choose, firstLanes, loadFirst, splat, storeFirst, sumOfLanes, upperHalf } from './lanes'
import { exponentials, expOfNegative } from './math/exp'

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

/**
 * Columns whose terms are summed in f32, by two vectors, before the sum is added in f64: nine roundings at most, however
 * long the row.
 */
export const BLOCK: usize = 64

/** Σ F(aᵢ, bᵢ, c), F a class of one method `of`. */
// @ts-ignore: decorator
@inline
export function sumOfTerms<F>(a: usize, b: usize, c: v128, length: usize): f64 {
  const f = changetype<F>(0)
  const eights = length & ~7
  let total: f64 = 0
  let column: usize = 0
  while (column < eights) {
    const last = min(column + BLOCK, eights)
    let first = splat(0)
    let second = splat(0)
    for (; column < last; column += 8) {
      const left = a + (column << 2)
      const right = b + (column << 2)
      first = f32x4.add(first, f.of(v128.load(left), v128.load(right), c))
      second = f32x4.add(second, f.of(v128.load(left, 16), v128.load(right, 16), c))
    }
    total += sumOfLanes(f32x4.add(first, second))
  }
  for (; column < length; column += 4) {
    const term = f.of(loadColumns(a, column, length), loadColumns(b, column, length), c)
    total += sumOfLanes(withinRow(term, column, length))
  }
  return total
}

@unmanaged class Itself { @inline of(a: v128, b: v128, c: v128): v128 { return a } }
@unmanaged class Product { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.mul(a, b) } }

/** max xᵢ; NaN is passed over. */
export function largestInRow(x: usize, length: usize): f32 {
  let a = splat(-Infinity)
  let b = a
  let c = a
  let d = a
  let column: usize = 0
  for (; column + 16 <= length; column += 16) {
    const pointer = x + (column << 2)
    a = f32x4.pmax(a, v128.load(pointer))
    b = f32x4.pmax(b, v128.load(pointer, 16))
    c = f32x4.pmax(c, v128.load(pointer, 32))
    d = f32x4.pmax(d, v128.load(pointer, 48))
  }
  pair(a, b)
  pair(c, d, 1)
  let largest = f32x4.pmax(f32x4.pmax(a, c), f32x4.pmax(b, d))
  for (; column + 4 <= length; column += 4) largest = f32x4.pmax(largest, v128.load(x + (column << 2)))
  if (column < length) {
    const rest = length - column
    largest = f32x4.pmax(largest, choose(firstLanes(rest), loadFirst(x + (column << 2), rest), largest))
  }
  const pairs = f32x4.pmax(largest, upperHalf(largest))
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1))
}

/** Σ xᵢ */
export function sumOfRow(x: usize, length: usize): f64 {
  return sumOfTerms<Itself>(x, x, splat(0), length)
}

/** Σ aᵢ bᵢ */
export function dotOfRows(a: usize, b: usize, length: usize): f64 {
  return sumOfTerms<Product>(a, b, splat(0), length)
}

/** yᵢ = F(aᵢ, bᵢ, c), F a class of one method `of`. */
// @ts-ignore: decorator
@inline
export function mapRow<F>(a: usize, b: usize, c: v128, y: usize, length: usize): void {
  const f = changetype<F>(0)
  const eights = length & ~7
  let column: usize = 0
  for (; column < eights; column += 8) {
    const left = a + (column << 2)
    const right = b + (column << 2)
    const first = f.of(v128.load(left), v128.load(right), c)
    const second = f.of(v128.load(left, 16), v128.load(right, 16), c)
    v128.store(y + (column << 2), second, 16)
    v128.store(y + (column << 2), first)
  }
  for (; column < length; column += 4) {
    storeColumns(y, column, length, f.of(loadColumns(a, column, length), loadColumns(b, column, length), c))
  }
}

/** yᵢ = e^(xᵢ - c) for xᵢ - c up to 88 */
export function exponentialsOfRow(x: usize, c: f32, y: usize, length: usize): void {
  const eights = length & ~7
  exponentials(x, c, y, eights)
  for (let column = eights; column < length; column += 4) {
    storeColumns(y, column, length, expOfNegative(f32x4.sub(loadColumns(x, column, length), splat(c))))
  }
}

/** Σ e^(xᵢ - c), of exponentials that lie in the arena until they are summed. */
export function sumOfExponentials(x: usize, c: f32, length: usize): f64 {
  const terms = arena() + blockOffset
  let total: f64 = 0
  for (let column: usize = 0; column < length; column += BLOCK_NUMBERS) {
    const count = min(BLOCK_NUMBERS, length - column)
    exponentialsOfRow(x + (column << 2), c, terms, count)
    total += sumOfRow(terms, count)
  }
  return total
}
