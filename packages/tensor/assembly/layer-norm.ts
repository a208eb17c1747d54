/*
 * Layer normalization over rows, and its derivative. A row is read from memory once; sums are formed in f64.
 */
import { splat } from './lanes'
import { addLower, addUpper, loadColumns, storeColumns, sumOfRow, totalOf, withinRow } from './rows'
import { multiplyAdd } from './simd'

/** Σ (xᵢ - mean)² */
function sumOfSquares(x: usize, mean: v128, length: usize): f64 {
  let lower = splat(0)
  let upper = splat(0)
  for (let column: usize = 0; column < length; column += 4) {
    const centered = withinRow(f32x4.sub(loadColumns(x, column, length), mean), column, length)
    const square = f32x4.mul(centered, centered)
    lower = addLower(lower, square)
    upper = addUpper(upper, square)
  }
  return totalOf(lower, upper)
}

/** y = (x - mean) · scale · γ + β, scale = 1 / √(variance + ε): rows [start, end). */
export function layerNorm(
  x: usize, gamma: usize, beta: usize, y: usize, means: usize, scales: usize,
  length: usize, epsilon: f32, start: usize, end: usize,
): void {
  for (let row = start; row < end; row++) {
    const from = x + row * (length << 2)
    const to = y + row * (length << 2)
    const mean = <f32>(sumOfRow(from, length) / <f64>length)
    const variance = <f32>(sumOfSquares(from, splat(mean), length) / <f64>length)
    const scale = <f32>1 / sqrt<f32>(variance + epsilon)
    store<f32>(means + (row << 2), mean)
    store<f32>(scales + (row << 2), scale)
    for (let column: usize = 0; column < length; column += 4) {
      const normalized = f32x4.mul(f32x4.sub(loadColumns(from, column, length), splat(mean)), splat(scale))
      const result = multiplyAdd(normalized, loadColumns(gamma, column, length), loadColumns(beta, column, length))
      storeColumns(to, column, length, result)
    }
  }
}

/** One row: with n = (x - mean) · scale and h = g · γ, dx = scale · (h - mean(h) - n · mean(h · n)); dγ += g · n, dβ += g. */
function gradRow(
  x: usize, gamma: usize, mean: v128, scale: v128, g: usize, dx: usize, dgamma: usize, dbeta: usize, length: usize,
): void {
  let lowerH = splat(0)
  let upperH = splat(0)
  let lowerHN = splat(0)
  let upperHN = splat(0)
  for (let column: usize = 0; column < length; column += 4) {
    const gradient = loadColumns(g, column, length)
    const normalized = f32x4.mul(f32x4.sub(loadColumns(x, column, length), mean), scale)
    const h = f32x4.mul(gradient, loadColumns(gamma, column, length))
    const product = f32x4.mul(h, normalized)
    lowerH = addLower(lowerH, h)
    upperH = addUpper(upperH, h)
    lowerHN = addLower(lowerHN, product)
    upperHN = addUpper(upperHN, product)
    storeColumns(dgamma, column, length, multiplyAdd(gradient, normalized, loadColumns(dgamma, column, length)))
    storeColumns(dbeta, column, length, f32x4.add(gradient, loadColumns(dbeta, column, length)))
  }
  const meanH = splat(<f32>(totalOf(lowerH, upperH) / <f64>length))
  const meanHN = splat(<f32>(totalOf(lowerHN, upperHN) / <f64>length))
  for (let column: usize = 0; column < length; column += 4) {
    const normalized = f32x4.mul(f32x4.sub(loadColumns(x, column, length), mean), scale)
    const h = f32x4.mul(loadColumns(g, column, length), loadColumns(gamma, column, length))
    const change = f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(normalized, meanHN))
    storeColumns(dx, column, length, f32x4.mul(scale, change))
  }
}

/**
 * Blocks [start, end) of `blockRows` rows, of `rows` in all: dx, and each block's own sums of dγ and dβ, as rows of
 * `dgammas` and `dbetas`. How rows are divided into blocks does not depend on who does them.
 */
export function layerNormGrad(
  x: usize, gamma: usize, means: usize, scales: usize, g: usize, dx: usize, dgammas: usize, dbetas: usize,
  rows: usize, length: usize, blockRows: usize, start: usize, end: usize,
): void {
  const bytes = length << 2
  for (let block = start; block < end; block++) {
    const dgamma = dgammas + block * bytes
    const dbeta = dbetas + block * bytes
    memory.fill(dgamma, 0, bytes)
    memory.fill(dbeta, 0, bytes)
    const last = min((block + 1) * blockRows, rows)
    for (let row = block * blockRows; row < last; row++) {
      const offset = row * bytes
      const mean = v128.load32_splat(means + (row << 2))
      const scale = v128.load32_splat(scales + (row << 2))
      gradRow(x + offset, gamma, mean, scale, g + offset, dx + offset, dgamma, dbeta, length)
    }
  }
}
