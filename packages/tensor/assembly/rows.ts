/*
 * Walks along one row of f32: every kernel over the last axis is made of these.
 */
import { choose, firstLanes, loadFirst, splat, storeFirst, sumOfLanes, upperHalf } from './lanes'

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

/** Loads and stores of rows whose length is a multiple of four. */
@unmanaged export class Whole {
  @inline load(row: usize, column: usize, length: usize): v128 { return v128.load(row + (column << 2)) }
  @inline store(row: usize, column: usize, length: usize, value: v128): void { v128.store(row + (column << 2), value) }
}

/** The same of rows of any length. */
@unmanaged export class Ragged {
  @inline load(row: usize, column: usize, length: usize): v128 { return loadColumns(row, column, length) }
  @inline store(row: usize, column: usize, length: usize, value: v128): void { storeColumns(row, column, length, value) }
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
  let largest = splat(-Infinity)
  let other = largest
  const eights = length & ~7
  for (let column: usize = 0; column < eights; column += 8) {
    largest = f32x4.pmax(largest, v128.load(x + (column << 2)))
    other = f32x4.pmax(other, v128.load(x + (column << 2), 16))
  }
  if (length & 4) other = f32x4.pmax(other, v128.load(x + (eights << 2)))
  largest = f32x4.pmax(largest, other)
  const rest = length & 3
  if (rest) {
    const last = loadFirst(x + ((length - rest) << 2), rest)
    largest = f32x4.pmax(largest, choose(firstLanes(rest), last, largest))
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
    v128.store(y + (column << 2), first)
    v128.store(y + (column << 2), second, 16)
  }
  for (; column < length; column += 4) {
    storeColumns(y, column, length, f.of(loadColumns(a, column, length), loadColumns(b, column, length), c))
  }
}
