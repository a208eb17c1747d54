import { arena, repeated } from './arena'
import { splat } from './lanes'
import { exponentials, expOfNegative } from './math/exp'
import { log } from './math/log'
import { product, productBytes } from './product'
import { randomBits } from './random'
import { dotOfRows, largestInRow, mapRow, sumOfRow } from './rows'

/*
 * Attention, head by head, in blocks of query rows whose scores stay in the second-level cache: of the [queries, keys]
 * matrix nothing else is ever stored. An item of work is one head of one batch entry.
 *
 * Weights are dropped by the random words of their places in [batch, heads, queries, keys], which are drawn block by
 * block, and again in the backward pass: those below `threshold` are dropped (none if it is 0), the others times `keep`.
 *
 * Steps of the bias are bytes from one batch entry, head, query and key to the next; 0 where it is the same for all.
 */

/** Bytes that a block of scores aims at. */
const blockBytes: i32 = 131072

/** Rows of scores in a block: as many as fit, but so many that packing the keys anew for each block is cheap. */
function blockRows(queries: i32, keys: i32): i32 {
  return min(queries, max(32, (blockBytes / 4 / max(keys, 1)) & ~3))
}

/** Columns of a row of scores: whole pairs of vectors. */
function scoreColumns(keys: i32): usize {
  return (keys + 7) & ~7
}

/** Bytes from one row of scores to the next. */
function scoreStep(keys: i32): usize {
  return scoreColumns(keys) << 2
}

/** Bytes of the arena for `blocks` blocks of scores (1 forward, 2 backward), and one of random words. */
export function attentionArena(queries: i32, keys: i32, blocks: i32): usize {
  return productBytes + (blocks + 1) * blockRows(queries, keys) * scoreStep(keys) + 2 * wordBytes
}

/** Random words are drawn by whole lines of this many bytes. */
const wordBytes: usize = 64

/** Draws the words of `count` elements from `first` on into the memory at `target`; returns where the first one is. */
function drawWords(key0: u32, key1: u32, target: usize, first: i32, count: i32): usize {
  const start = first & ~15
  randomBits(key0, key1, target - (start << 2), start, first + count)
  return target + ((first - start) << 2)
}

/** Mask of the four words that are not dropped. */
// @ts-ignore: decorator
@inline
export function kept(words: v128, threshold: u32): v128 {
  return i32x4.ge_u(words, i32x4.splat(threshold))
}

/** y = softmax(scale q kᵀ + bias) v, and ln Σ e^scores of each query. @see the composite `attention` */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  y: usize,
  logSumExp: usize,
  bias: usize,
  biasBatchStep: usize,
  biasHeadStep: usize,
  biasQueryStep: usize,
  biasKeyStep: usize,
  scale: f32,
  key0: u32,
  key1: u32,
  threshold: u32,
  keep: f32,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  valueSize: i32,
  start: i32,
  end: i32,
): void {
  const block = blockRows(queries, keys)
  const step = scoreStep(keys)
  const scores = arena() + productBytes
  const random = scores + block * step
  const qStep: usize = headSize << 2
  const vStep: usize = valueSize << 2
  for (let item = start; item < end; item++) {
    const headBias = bias + (item / heads) * biasBatchStep + (item % heads) * biasHeadStep
    const headKeys = k + item * keys * qStep
    const headValues = v + item * keys * vStep
    for (let first = 0; first < queries; first += block) {
      const rows = min(block, queries - first)
      const row = item * queries + first
      const output = y + row * vStep
      product(q + row * qStep, qStep, 4, headKeys, 4, qStep, 0, 0, scores, step, rows, keys, headSize)
      let words = threshold ? drawWords(key0, key1, random, row * keys, rows * keys) : 0
      for (let i = 0; i < rows; i++) {
        const rowBias = bias ? headBias + (first + i) * biasQueryStep : 0
        const rowSum = logSumExp + ((row + i) << 2)
        softmaxRow(scores + i * step, keys, scale, rowBias, biasKeyStep, rowSum, words, threshold, keep)
        if (words) words += keys << 2
      }
      product(scores, step, 4, headValues, vStep, 4, 0, 0, output, vStep, rows, valueSize, keys)
    }
  }
}

@unmanaged class Scaled { @inline of(a: v128, b: v128, c: v128): v128 { return f32x4.mul(a, c) } }

/** x ← softmax(scale x + bias) in place, some of it dropped; its ln Σ e^(scale x + bias) is stored. */
function softmaxRow(
  x: usize,
  keys: i32,
  scale: f32,
  bias: usize,
  biasKeyStep: usize,
  logSumExp: usize,
  words: usize,
  threshold: u32,
  keep: f32,
): void {
  const columns = scoreColumns(keys)
  scaleRow(x, scale, bias, biasKeyStep, columns)
  // Scores behind the last key count for nothing.
  for (let column: usize = keys; column < columns; column++) store<f32>(x + (column << 2), -Infinity)
  // Passes over NaN, which reaches the whole row by the sum.
  const largest = largestInRow(x, columns)
  exponentials(x, largest, x, columns)
  const sum = <f32>sumOfRow(x, columns)
  store<f32>(logSumExp, largest + f32x4.extract_lane(log(splat(sum)), 0))
  if (words) dropRow(x, keep / sum, words, threshold, columns)
  else mapRow<Scaled>(x, x, splat(keep / sum), x, columns)
}

/** x ← scale x + bias */
function scaleRow(x: usize, scale: f32, bias: usize, biasKeyStep: usize, columns: usize): void {
  if (!bias) return mapRow<Scaled>(x, x, splat(scale), x, columns)
  let from = biasKeyStep ? bias : repeated<f32>(bias, 0)
  for (let at = x; at < x + (columns << 2); at += 32) {
    const first = f32x4.add(f32x4.mul(v128.load(at), splat(scale)), v128.load(from))
    const second = f32x4.add(f32x4.mul(v128.load(at, 16), splat(scale)), v128.load(from, 16))
    v128.store(at, second, 16)
    v128.store(at, first)
    from += 8 * biasKeyStep
  }
}

/** x ← factor x where the word is not dropped, else 0 */
function dropRow(x: usize, factor: f32, words: usize, threshold: u32, columns: usize): void {
  for (let column: usize = 0; column < columns; column += 8) {
    const at = x + (column << 2)
    const from = words + (column << 2)
    const first = v128.and(f32x4.mul(v128.load(at), splat(factor)), kept(v128.load(from), threshold))
    const second = v128.and(f32x4.mul(v128.load(at, 16), splat(factor)), kept(v128.load(from, 16), threshold))
    v128.store(at, second, 16)
    v128.store(at, first)
  }
}

/** dq, dk and dv from g = dy. @see the composite `attentionGrad` */
export function attentionGrad(
  q: usize,
  k: usize,
  v: usize,
  y: usize,
  logSumExp: usize,
  g: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  bias: usize,
  biasBatchStep: usize,
  biasHeadStep: usize,
  biasQueryStep: usize,
  biasKeyStep: usize,
  scale: f32,
  key0: u32,
  key1: u32,
  threshold: u32,
  keep: f32,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  valueSize: i32,
  start: i32,
  end: i32,
): void {
  const block = blockRows(queries, keys)
  const step = scoreStep(keys)
  const weights = arena() + productBytes
  const changes = weights + block * step
  const random = changes + block * step
  const qStep: usize = headSize << 2
  const vStep: usize = valueSize << 2
  for (let item = start; item < end; item++) {
    const headBias = bias + (item / heads) * biasBatchStep + (item % heads) * biasHeadStep
    const headKeys = k + item * keys * qStep
    const headValues = v + item * keys * vStep
    const keyChange = dk + item * keys * qStep
    const valueChange = dv + item * keys * vStep
    let first = 0
    do {
      const rows = min(block, queries - first)
      const row = item * queries + first
      const queryRows = q + row * qStep
      const gRows = g + row * vStep
      product(queryRows, qStep, 4, headKeys, 4, qStep, 0, 0, weights, step, rows, keys, headSize)
      product(gRows, vStep, 4, headValues, 4, vStep, 0, 0, changes, step, rows, keys, valueSize)
      let words = threshold ? drawWords(key0, key1, random, row * keys, rows * keys) : 0
      for (let i = 0; i < rows; i++) {
        const rowBias = bias ? headBias + (first + i) * biasQueryStep : 0
        const offset = load<f32>(logSumExp + ((row + i) << 2))
        const mean = <f32>dotOfRows(gRows + i * vStep, y + (row + i) * vStep, valueSize)
        const p = weights + i * step
        gradRow(p, changes + i * step, keys, scale, rowBias, biasKeyStep, offset, mean, words, threshold, keep)
        if (words) words += keys << 2
      }
      product(changes, step, 4, headKeys, qStep, 4, 0, 0, dq + row * qStep, qStep, rows, headSize, keys)
      // Sums over the queries go on from block to block.
      const keyInit = first ? keyChange : 0
      const valueInit = first ? valueChange : 0
      product(changes, 4, step, queryRows, qStep, 4, keyInit, qStep, keyChange, qStep, keys, headSize, rows)
      product(weights, 4, step, gRows, vStep, 4, valueInit, vStep, valueChange, vStep, keys, valueSize, rows)
      first += rows
    } while (first < queries)
  }
}

/**
 * For one query: w = e^(scale p + bias - offset);  p ← w, d ← scale w (d - mean), where what is dropped counts as 0 and
 * the rest times `keep` in p and d, not in w.
 */
function gradRow(
  p: usize,
  d: usize,
  keys: i32,
  scale: f32,
  bias: usize,
  biasKeyStep: usize,
  offset: f32,
  mean: f32,
  words: usize,
  threshold: u32,
  keep: f32,
): void {
  const columns = scoreColumns(keys)
  if (bias) scaleRow(p, scale, bias, biasKeyStep, columns)
  const scaleOfRow: f32 = bias ? 1 : scale
  // Without dropout all words are above the threshold, which is 0.
  let from = words ? words : repeated<u32>(arena(), 0)
  const step: usize = words ? 32 : 0
  for (let column: usize = 0; column < columns; column += 8) {
    const weights = p + (column << 2)
    const changes = d + (column << 2)
    const kept0 = kept(v128.load(from), threshold)
    const kept1 = kept(v128.load(from, 16), threshold)
    const weight0 = expOfNegative(f32x4.sub(f32x4.mul(v128.load(weights), splat(scaleOfRow)), splat(offset)))
    const weight1 = expOfNegative(f32x4.sub(f32x4.mul(v128.load(weights, 16), splat(scaleOfRow)), splat(offset)))
    const change0 = v128.and(f32x4.mul(v128.load(changes), splat(keep)), kept0)
    const change1 = v128.and(f32x4.mul(v128.load(changes, 16), splat(keep)), kept1)
    const p0 = v128.and(f32x4.mul(weight0, splat(keep)), kept0)
    const p1 = v128.and(f32x4.mul(weight1, splat(keep)), kept1)
    const d0 = f32x4.mul(f32x4.mul(weight0, f32x4.sub(change0, splat(mean))), splat(scale))
    const d1 = f32x4.mul(f32x4.mul(weight1, f32x4.sub(change1, splat(mean))), splat(scale))
    v128.store(weights, p1, 16)
    v128.store(weights, p0)
    v128.store(changes, d1, 16)
    v128.store(changes, d0)
    from += step
  }
}
