import { splat } from './lanes'
import { multiplyAdd } from './simd'

/*
 * A vector times a matrix, without packing: every element of the matrix is read once, so memory bounds it. `lane` counts
 * the outputs: columns of b where the vector is a row of a, rows of a where it is a column of b. Each output is one
 * running sum over the inner index in ascending order, as in a tile, and so has the same bits.
 */

/** Whether so few rows are multiplied one by one: beyond, packing pays, and sooner where it spares transposing. */
export function isThin(rows: i32, columnStep: usize): bool {
  return rows <= (columnStep == 4 ? 3 : 2)
}

/**
 * y = init + vector · matrix. Steps are in bytes; of the matrix's, one is 4. init is one value for each output, or one
 * for all (initStep 0), or 0 for zeros.
 */
export function vectorProduct(
  vector: usize,
  vectorStep: usize,
  matrix: usize,
  innerStep: usize,
  laneStep: usize,
  init: usize,
  initStep: usize,
  y: usize,
  yStep: usize,
  lanes: i32,
  inner: i32,
): void {
  const whole = yStep == 4 ? lanes & ~3 : 0
  for (let lane = 0; lane < whole; lane += 4) {
    const from = init + lane * initStep
    v128.store(y + (lane << 2), !init ? splat(0) : initStep ? v128.load(from) : v128.load32_splat(from))
  }
  if (laneStep == 4) sumRows(vector, vectorStep, matrix, innerStep, y, whole, inner)
  else sumAcross(vector, vectorStep, matrix, laneStep, y, whole, inner)
  for (let lane = whole; lane < lanes; lane++) {
    let sum = init ? v128.load32_splat(init + lane * initStep) : splat(0)
    let x = vector
    let m = matrix + lane * laneStep
    for (let k = 0; k < inner; k++) {
      sum = multiplyAdd(v128.load32_splat(x), v128.load32_splat(m), sum)
      x += vectorStep
      m += innerStep
    }
    v128.store32_lane(y + lane * yStep, sum, 0)
  }
}

/** y += Σ vector[k] · row k of the matrix, four rows at a time. */
function sumRows(x: usize, xStep: usize, matrix: usize, rowStep: usize, y: usize, lanes: i32, inner: i32): void {
  const end = y + (lanes << 2)
  const whole = inner & ~3
  for (let k = 0; k < whole; k += 4) {
    const x0 = v128.load32_splat(x)
    const x1 = v128.load32_splat(x + xStep)
    const x2 = v128.load32_splat(x + 2 * xStep)
    const x3 = v128.load32_splat(x + 3 * xStep)
    let row0 = matrix
    let row2 = matrix + 2 * rowStep
    for (let at = y; at < end; at += 16) {
      let sum = multiplyAdd(x0, v128.load(row0), v128.load(at))
      sum = multiplyAdd(x1, v128.load(row0 + rowStep), sum)
      sum = multiplyAdd(x2, v128.load(row2), sum)
      v128.store(at, multiplyAdd(x3, v128.load(row2 + rowStep), sum))
      row0 += 16
      row2 += 16
    }
    x += 4 * xStep
    matrix += 4 * rowStep
  }
  for (let k = whole; k < inner; k++) {
    const value = v128.load32_splat(x)
    let row = matrix
    for (let at = y; at < end; at += 16) {
      v128.store(at, multiplyAdd(value, v128.load(row), v128.load(at)))
      row += 16
    }
    x += xStep
    matrix += rowStep
  }
}

/**
 * y += vector · lane of the matrix, whose lanes lie one behind the other: blocks of 4 x 4 are transposed. Sixteen lanes
 * at once, since each addition waits for the one before it.
 */
function sumAcross(x: usize, xStep: usize, matrix: usize, laneStep: usize, y: usize, lanes: i32, inner: i32): void {
  const whole = inner & ~3
  const four = 4 * laneStep
  let lane = 0
  for (; lane + 16 <= lanes; lane += 16) {
    let sum0 = v128.load(y)
    let sum1 = v128.load(y, 16)
    let sum2 = v128.load(y, 32)
    let sum3 = v128.load(y, 48)
    let at = matrix
    let xAt = x
    for (let k = 0; k < whole; k += 4) {
      const x0 = v128.load32_splat(xAt)
      const x1 = v128.load32_splat(xAt + xStep)
      xAt += 2 * xStep
      const x2 = v128.load32_splat(xAt)
      const x3 = v128.load32_splat(xAt + xStep)
      xAt += 2 * xStep
      sum0 = addBlock(sum0, at, laneStep, x0, x1, x2, x3)
      sum1 = addBlock(sum1, at + four, laneStep, x0, x1, x2, x3)
      sum2 = addBlock(sum2, at + 2 * four, laneStep, x0, x1, x2, x3)
      sum3 = addBlock(sum3, at + 3 * four, laneStep, x0, x1, x2, x3)
      at += 16
    }
    v128.store(y, rest(sum0, xAt, xStep, at, laneStep, inner - whole))
    v128.store(y, rest(sum1, xAt, xStep, at + four, laneStep, inner - whole), 16)
    v128.store(y, rest(sum2, xAt, xStep, at + 2 * four, laneStep, inner - whole), 32)
    v128.store(y, rest(sum3, xAt, xStep, at + 3 * four, laneStep, inner - whole), 48)
    matrix += 4 * four
    y += 64
  }
  for (; lane < lanes; lane += 4) {
    let sum = v128.load(y)
    let at = matrix
    let xAt = x
    for (let k = 0; k < whole; k += 4) {
      const x0 = v128.load32_splat(xAt)
      const x1 = v128.load32_splat(xAt + xStep)
      xAt += 2 * xStep
      sum = addBlock(sum, at, laneStep, x0, x1, v128.load32_splat(xAt), v128.load32_splat(xAt + xStep))
      xAt += 2 * xStep
      at += 16
    }
    v128.store(y, rest(sum, xAt, xStep, at, laneStep, inner - whole))
    matrix += four
    y += 16
  }
}

/** sum + x0 · … + x3 · the next four elements of four lanes. */
// @ts-ignore: decorator
@inline
export function addBlock(sum: v128, at: usize, laneStep: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const a = v128.load(at)
  const b = v128.load(at + laneStep)
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const c = v128.load(at + 2 * laneStep)
  const d = v128.load(at + 2 * laneStep + laneStep)
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  sum = multiplyAdd(x0, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5), sum)
  sum = multiplyAdd(x1, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), sum)
  sum = multiplyAdd(x2, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), sum)
  return multiplyAdd(x3, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), sum)
}

/** The last `count` elements of four lanes, one by one. */
function rest(sum: v128, x: usize, xStep: usize, at: usize, laneStep: usize, count: i32): v128 {
  for (let k = 0; k < count; k++) {
    let values = v128.load32_zero(at)
    values = v128.load32_lane(at + laneStep, values, 1)
    values = v128.load32_lane(at + 2 * laneStep, values, 2)
    values = v128.load32_lane(at + 3 * laneStep, values, 3)
    sum = multiplyAdd(v128.load32_splat(x), values, sum)
    x += xStep
    at += 4
  }
  return sum
}
