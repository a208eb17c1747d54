/*
 * Softmax and its logarithm over rows, and their derivatives. Each kernel does the rows [start, end). A row is read from
 * memory once; sums are formed as rows.ts says.
 */
import { splat } from './lanes'
import { exp } from './math/exp'
import { log } from './math/log'
import { dotOfRows, exponentialsOfRow, largestInRow, mapRow, sumOfExponentials, sumOfRow } from './rows'

@unmanaged class Scaled { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.mul(a, c) } }
/** a (b - c) */
@unmanaged class Slope { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.mul(a, f32x4.sub(b, c)) } }
@unmanaged class Difference { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.sub(a, c) } }
/** b - e^a c */
@unmanaged class LogSlope { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.sub(b, f32x4.mul(exp(a), c)) } }

/** ln Σ e^(xᵢ - largest) */
export function logOfSum(x: usize, largest: f32, length: usize): f32 {
  return f32x4.extract_lane(log(splat(<f32>sumOfExponentials(x, largest, length))), 0)
}

/** yᵢ = e^(xᵢ - max x) / Σⱼ e^(xⱼ - max x) */
export function softmax(x: usize, y: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const from = x + row * (length << 2)
    const to = y + row * (length << 2)
    exponentialsOfRow(from, largestInRow(from, length), to, length)
    mapRow<Scaled>(to, to, splat(<f32>(1 / sumOfRow(to, length))), to, length)
  }
}

/** dx = y (g - Σ g y) */
export function softmaxGrad(y: usize, g: usize, dx: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const offset = row * (length << 2)
    const dot = splat(<f32>dotOfRows(g + offset, y + offset, length))
    mapRow<Slope>(y + offset, g + offset, dot, dx + offset, length)
  }
}

/** yᵢ = xᵢ - max x - ln Σⱼ e^(xⱼ - max x) */
export function logSoftmax(x: usize, y: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const from = x + row * (length << 2)
    const to = y + row * (length << 2)
    const largest = largestInRow(from, length)
    const logarithm = logOfSum(from, largest, length)
    mapRow<Difference>(from, from, splat(largest), to, length)
    mapRow<Difference>(to, to, splat(logarithm), to, length)
  }
}

/** dx = g - e^y Σ g */
export function logSoftmaxGrad(y: usize, g: usize, dx: usize, length: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const offset = row * (length << 2)
    const total = splat(<f32>sumOfRow(g + offset, length))
    mapRow<LogSlope>(y + offset, g + offset, total, dx + offset, length)
  }
}
