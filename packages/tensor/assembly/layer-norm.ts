/*
 * Layer normalization over rows, and its derivative. A row is read from memory once; sums are formed
 * as rows.ts says.
 */
import { splat, sumOfLanes } from './lanes'
import { BLOCK, Ragged, sumOfRow, sumOfTerms, Whole } from './rows'
import { multiplyAdd } from './simd'

@unmanaged class SquaredDistance {
  @inline of(a: v128, b: v128, c: v128): v128 {
    const distance = f32x4.sub(a, c)
    return f32x4.mul(distance, distance)
  }
}

/** y = (x - mean) · scale · γ + β */
function normalizeRow<Row>(
  x: usize, mean: v128, scale: v128, gamma: usize, beta: usize, y: usize, length: usize,
): void {
  const row = changetype<Row>(0)
  for (let column: usize = 0; column < length; column += 4) {
    const normalized = f32x4.mul(f32x4.sub(row.load(x, column, length), mean), scale)
    const result = multiplyAdd(normalized, row.load(gamma, column, length), row.load(beta, column, length))
    row.store(y, column, length, result)
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
    const squares = sumOfTerms<SquaredDistance>(from, from, splat(mean), length)
    const scale = <f32>1 / sqrt<f32>(<f32>(squares / <f64>length) + epsilon)
    store<f32>(means + (row << 2), mean)
    store<f32>(scales + (row << 2), scale)
    if (length & 3) normalizeRow<Ragged>(from, splat(mean), splat(scale), gamma, beta, to, length)
    else normalizeRow<Whole>(from, splat(mean), splat(scale), gamma, beta, to, length)
  }
}

/** One row: with n = (x - mean) · scale and h = g · γ, dx = scale · (h - mean(h) - n · mean(h · n)); dγ += g · n, dβ += g. */
function gradRow<Row>(
  x: usize, gamma: usize, mean: v128, scale: v128, g: usize, dx: usize, dgamma: usize, dbeta: usize, length: usize,
): void {
  const row = changetype<Row>(0)
  let totalH: f64 = 0
  let totalHN: f64 = 0
  for (let column: usize = 0; column < length; ) {
    const last = min(column + BLOCK / 2, length)
    let sumH = splat(0)
    let sumHN = splat(0)
    for (; column < last; column += 4) {
      const gradient = row.load(g, column, length)
      const normalized = f32x4.mul(f32x4.sub(row.load(x, column, length), mean), scale)
      const h = f32x4.mul(gradient, row.load(gamma, column, length))
      sumH = f32x4.add(sumH, h)
      sumHN = multiplyAdd(h, normalized, sumHN)
      row.store(dgamma, column, length, multiplyAdd(gradient, normalized, row.load(dgamma, column, length)))
      row.store(dbeta, column, length, f32x4.add(gradient, row.load(dbeta, column, length)))
    }
    totalH += sumOfLanes(sumH)
    totalHN += sumOfLanes(sumHN)
  }
  const meanH = splat(<f32>(totalH / <f64>length))
  const meanHN = splat(<f32>(totalHN / <f64>length))
  for (let column: usize = 0; column < length; column += 4) {
    const normalized = f32x4.mul(f32x4.sub(row.load(x, column, length), mean), scale)
    const h = f32x4.mul(row.load(g, column, length), row.load(gamma, column, length))
    const change = f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(normalized, meanHN))
    row.store(dx, column, length, f32x4.mul(scale, change))
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
      if (length & 3) gradRow<Ragged>(x + offset, gamma, mean, scale, g + offset, dx + offset, dgamma, dbeta, length)
      else gradRow<Whole>(x + offset, gamma, mean, scale, g + offset, dx + offset, dgamma, dbeta, length)
    }
  }
}
