/*
 * Softmax and its logarithm over rows, and their derivatives. Each kernel does the rows [start, end). A row is read from
 * memory once; sums are formed in f64.
 */
import { splat } from './lanes'
import { exp, expOfNegative } from './math/exp'
import { log } from './math/log'
import { addLower, addUpper, dotOfRows, largestInRow, loadColumns, storeColumns, sumOfRow, totalOf, withinRow } from './rows'

/** Σ e^(xᵢ - largest); the terms are written to y, if there is one. */
function sumOfExponentials(x: usize, largest: f32, length: usize, y: usize): f64 {
  const shift = splat(largest)
  let lower = splat(0)
  let upper = splat(0)
  for (let column: usize = 0; column < length; column += 4) {
    const term = withinRow(expOfNegative(f32x4.sub(loadColumns(x, column, length), shift)), column, length)
    if (y) storeColumns(y, column, length, term)
    lower = addLower(lower, term)
    upper = addUpper(upper, term)
  }
  return totalOf(lower, upper)
}

/** ln Σ e^(xᵢ - largest) */
export function logOfSum(x: usize, largest: f32, length: usize): f32 {
  return f32x4.extract_lane(log(splat(<f32>sumOfExponentials(x, largest, length, 0))), 0)
}

/** yᵢ = e^(xᵢ - max x) / Σⱼ e^(xⱼ - max x) */
export function softmax(x: usize, y: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const from = x + row * (length << 2)
    const to = y + row * (length << 2)
    const inverse = splat(<f32>(1 / sumOfExponentials(from, largestInRow(from, length), length, to)))
    for (let column: usize = 0; column < length; column += 4) {
      storeColumns(to, column, length, f32x4.mul(loadColumns(to, column, length), inverse))
    }
  }
}

/** dx = y (g - Σ g y) */
export function softmaxGrad(y: usize, g: usize, dx: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const offset = row * (length << 2)
    const dot = splat(<f32>dotOfRows(g + offset, y + offset, length))
    for (let column: usize = 0; column < length; column += 4) {
      const slope = f32x4.sub(loadColumns(g + offset, column, length), dot)
      storeColumns(dx + offset, column, length, f32x4.mul(loadColumns(y + offset, column, length), slope))
    }
  }
}

/** yᵢ = xᵢ - max x - ln Σⱼ e^(xⱼ - max x) */
export function logSoftmax(x: usize, y: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const from = x + row * (length << 2)
    const to = y + row * (length << 2)
    const largest = largestInRow(from, length)
    const logarithm = splat(logOfSum(from, largest, length))
    for (let column: usize = 0; column < length; column += 4) {
      const shifted = f32x4.sub(loadColumns(from, column, length), splat(largest))
      storeColumns(to, column, length, f32x4.sub(shifted, logarithm))
    }
  }
}

/** dx = g - e^y Σ g */
export function logSoftmaxGrad(y: usize, g: usize, dx: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const offset = row * (length << 2)
    const total = splat(<f32>sumOfRow(g + offset, length))
    for (let column: usize = 0; column < length; column += 4) {
      const change = f32x4.mul(exp(loadColumns(y + offset, column, length)), total)
      storeColumns(dx + offset, column, length, f32x4.sub(loadColumns(g + offset, column, length), change))
    }
  }
}
