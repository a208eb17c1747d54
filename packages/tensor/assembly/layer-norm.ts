/*
 * Layer normalization over rows, and its derivative. A row is read from memory once; sums are formed
 * as rows.ts says.
 */
import { pair } from './arena'
import { splat, sumOfLanes } from './lanes'
import { BLOCK, loadColumns, storeColumns, sumOfRow, sumOfTerms } from './rows'
import { multiplyAdd } from './simd'

@unmanaged class SquaredDistance {
  @inline of(a: v128, b: v128, c: v128): v128 {
    const distance = f32x4.sub(a, c)
    return f32x4.mul(distance, distance)
  }
}

/** (x - mean) · scale */
// @ts-ignore: decorator
@inline
export function normalized(x: v128, mean: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.sub(x, mean), scale)
}

/** y = (x - mean) · scale · γ + β */
function normalizeRow(x: usize, mean: v128, scale: v128, gamma: usize, beta: usize, y: usize, length: usize): void {
  const eights = length & ~7
  let column: usize = 0
  for (; column < eights; column += 8) {
    const place = column << 2
    const n0 = normalized(v128.load(x + place), mean, scale)
    const n1 = normalized(v128.load(x + place, 16), mean, scale)
    const y0 = multiplyAdd(n0, v128.load(gamma + place), v128.load(beta + place))
    const y1 = multiplyAdd(n1, v128.load(gamma + place, 16), v128.load(beta + place, 16))
    v128.store(y + place, y1, 16)
    v128.store(y + place, y0)
  }
  for (; column < length; column += 4) {
    const values = normalized(loadColumns(x, column, length), mean, scale)
    const result = multiplyAdd(values, loadColumns(gamma, column, length), loadColumns(beta, column, length))
    storeColumns(y, column, length, result)
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
    const mean = splat(<f32>(sumOfRow(from, length) / <f64>length))
    const squares = sumOfTerms<SquaredDistance>(from, from, mean, length)
    // By vectors: the scalar instruction that engines have for a root is slow behind vectors of twice the width.
    const scale = f32x4.div(splat(1), f32x4.sqrt(splat(<f32>(squares / <f64>length) + epsilon)))
    v128.store32_lane(means + (row << 2), mean, 0)
    v128.store32_lane(scales + (row << 2), scale, 0)
    normalizeRow(from, mean, scale, gamma, beta, to, length)
  }
}

/** One row: with n = (x - mean) · scale and h = g · γ, dx = scale · (h - mean(h) - n · mean(h · n)); dγ += g · n, dβ += g. */
function gradRow(
  x: usize, gamma: usize, rowMean: f32, rowScale: f32, g: usize, dx: usize, dgamma: usize, dbeta: usize, length: usize,
): void {
  const mean = splat(rowMean)
  const scale = splat(rowScale)
  const eights = length & ~7
  let totalH: f64 = 0
  let totalHN: f64 = 0
  let column: usize = 0
  while (column < eights) {
    const last = min(column + BLOCK, eights)
    let h0 = splat(0)
    let h1 = h0
    let hn0 = h0
    let hn1 = h0
    for (; column < last; column += 8) {
      const place = column << 2
      const g0 = v128.load(g + place)
      const g1 = v128.load(g + place, 16)
      const n0 = normalized(v128.load(x + place), mean, scale)
      const n1 = normalized(v128.load(x + place, 16), mean, scale)
      const product0 = f32x4.mul(g0, v128.load(gamma + place))
      const product1 = f32x4.mul(g1, v128.load(gamma + place, 16))
      h0 = f32x4.add(h0, product0)
      h1 = f32x4.add(h1, product1)
      hn0 = multiplyAdd(product0, n0, hn0)
      hn1 = multiplyAdd(product1, n1, hn1)
      const dgamma0 = multiplyAdd(g0, n0, v128.load(dgamma + place))
      const dgamma1 = multiplyAdd(g1, n1, v128.load(dgamma + place, 16))
      const dbeta0 = f32x4.add(g0, v128.load(dbeta + place))
      const dbeta1 = f32x4.add(g1, v128.load(dbeta + place, 16))
      v128.store(dgamma + place, dgamma1, 16)
      v128.store(dgamma + place, dgamma0)
      v128.store(dbeta + place, dbeta1, 16)
      v128.store(dbeta + place, dbeta0)
    }
    pair(h0, h1)
    pair(hn0, hn1, 1)
    totalH += sumOfLanes(f32x4.add(h0, h1))
    totalHN += sumOfLanes(f32x4.add(hn0, hn1))
  }
  for (; column < length; column += 4) {
    const gradient = loadColumns(g, column, length)
    const n = normalized(loadColumns(x, column, length), mean, scale)
    const h = f32x4.mul(gradient, loadColumns(gamma, column, length))
    totalH += sumOfLanes(h)
    totalHN += sumOfLanes(f32x4.mul(h, n))
    storeColumns(dgamma, column, length, multiplyAdd(gradient, n, loadColumns(dgamma, column, length)))
    storeColumns(dbeta, column, length, f32x4.add(gradient, loadColumns(dbeta, column, length)))
  }
  const meanH = splat(<f32>(totalH / <f64>length))
  const meanHN = splat(<f32>(totalHN / <f64>length))
  for (column = 0; column < eights; column += 8) {
    const place = column << 2
    const n0 = normalized(v128.load(x + place), mean, scale)
    const n1 = normalized(v128.load(x + place, 16), mean, scale)
    const product0 = f32x4.mul(v128.load(g + place), v128.load(gamma + place))
    const product1 = f32x4.mul(v128.load(g + place, 16), v128.load(gamma + place, 16))
    const dx0 = slope(product0, meanH, n0, meanHN, scale)
    const dx1 = slope(product1, meanH, n1, meanHN, scale)
    v128.store(dx + place, dx1, 16)
    v128.store(dx + place, dx0)
  }
  for (; column < length; column += 4) {
    const n = normalized(loadColumns(x, column, length), mean, scale)
    const h = f32x4.mul(loadColumns(g, column, length), loadColumns(gamma, column, length))
    storeColumns(dx, column, length, slope(h, meanH, n, meanHN, scale))
  }
}

/** scale · (h - mean(h) - n · mean(h · n)) */
// @ts-ignore: decorator
@inline
export function slope(h: v128, meanH: v128, n: v128, meanHN: v128, scale: v128): v128 {
  return f32x4.mul(scale, f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(n, meanHN)))
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
      const mean = load<f32>(means + (row << 2))
      const scale = load<f32>(scales + (row << 2))
      gradRow(x + offset, gamma, mean, scale, g + offset, dx + offset, dgamma, dbeta, length)
    }
  }
}
