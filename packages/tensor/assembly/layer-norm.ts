/*
 * Layer normalization over rows, and its derivative. A row is read from memory once; sums are formed
 * as rows.ts says.
 */
import { splat, sumOfLanes } from './lanes'
import { BLOCK, loadColumns, storeColumns, sumOfRow, sumOfTerms } from './rows'
import { multiplyAdd } from './simd'

@unmanaged class SquaredDistance {
  @inline of(a: v128, b: v128, c: v128): v128 {
    const distance = f32x4.sub(a, c)
    return f32x4.mul(distance, distance)
  }
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
    const variance = <f32>(sumOfTerms<SquaredDistance>(from, from, splat(mean), length) / <f64>length)
    const scale = <f32>1 / sqrt<f32>(variance + epsilon)
    store<f32>(means + (row << 2), mean)
    store<f32>(scales + (row << 2), scale)
    const fours = length & ~3
    for (let column: usize = 0; column < fours; column += 4) {
      const place = column << 2
      const normalized = f32x4.mul(f32x4.sub(v128.load(from + place), splat(mean)), splat(scale))
      v128.store(to + place, multiplyAdd(normalized, v128.load(gamma + place), v128.load(beta + place)))
    }
    if (fours < length) {
      const normalized = f32x4.mul(f32x4.sub(loadColumns(from, fours, length), splat(mean)), splat(scale))
      const result = multiplyAdd(normalized, loadColumns(gamma, fours, length), loadColumns(beta, fours, length))
      storeColumns(to, fours, length, result)
    }
  }
}

/** One row: with n = (x - mean) · scale and h = g · γ, dx = scale · (h - mean(h) - n · mean(h · n)); dγ += g · n, dβ += g. */
function gradRow(
  x: usize, gamma: usize, mean: v128, scale: v128, g: usize, dx: usize, dgamma: usize, dbeta: usize, length: usize,
): void {
  let totalH: f64 = 0
  let totalHN: f64 = 0
  for (let column: usize = 0; column < length; ) {
    const last = min(column + BLOCK / 2, length)
    let sumH = splat(0)
    let sumHN = splat(0)
    for (; column < last; column += 4) {
      const gradient = loadColumns(g, column, length)
      const normalized = f32x4.mul(f32x4.sub(loadColumns(x, column, length), mean), scale)
      const h = f32x4.mul(gradient, loadColumns(gamma, column, length))
      sumH = f32x4.add(sumH, h)
      sumHN = multiplyAdd(h, normalized, sumHN)
      storeColumns(dgamma, column, length, multiplyAdd(gradient, normalized, loadColumns(dgamma, column, length)))
      storeColumns(dbeta, column, length, f32x4.add(gradient, loadColumns(dbeta, column, length)))
    }
    totalH += sumOfLanes(sumH)
    totalHN += sumOfLanes(sumHN)
  }
  const meanH = splat(<f32>(totalH / <f64>length))
  const meanHN = splat(<f32>(totalHN / <f64>length))
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
