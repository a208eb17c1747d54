/*
 * Cross-entropy of rows of logits with their targets, and its derivative. Each kernel does the rows [start, end).
 */
import { splat } from './lanes'
import { expOfNegative } from './math/exp'
import { exponentialsOfRow, largestInRow, sumOfRow } from './rows'
import { logOfSum } from './softmax'

/**
 * With q = (1 - ε) · one-hot + ε / classes: loss = Σ_c q_c (logSumExp - x_c), and logSumExp = ln Σ e^x. The loss of a
 * row whose target is `ignored` is 0.
 */
export function crossEntropy(
  logits: usize, targets: usize, loss: usize, logSumExp: usize,
  classes: usize, ignored: i32, smoothing: f32, start: usize, end: usize,
): void {
  for (let row = start; row < end; row++) {
    const x = logits + row * (classes << 2)
    const largest = largestInRow(x, classes)
    const total = logOfSum(x, largest, classes) + largest
    store<f32>(logSumExp + (row << 2), total)
    const target = load<i32>(targets + (row << 2))
    let value: f64 = 0
    if (target != ignored) {
      if (<u32>target < <u32>classes) value = (1 - smoothing) * (total - load<f32>(x + (<usize>target << 2)))
      if (smoothing > 0) value += <f64>smoothing * (<f64>total - sumOfRow(x, classes) / <f64>classes)
    }
    store<f32>(loss + (row << 2), <f32>value)
  }
}

/** Columns that are worked on at once: so many stay in the first-level cache between two passes. */
const BLOCK: usize = 1024

/** (e^(x - logSumExp) - others) · factor: what the logits of one row get, as if the target were none of them. */
function gradientOfRow(x: usize, logSumExp: f32, others: f32, factor: f32, dx: usize, classes: usize): void {
  for (let column: usize = 0; column < classes; column += BLOCK) {
    const count = min(BLOCK, classes - column)
    const to = dx + (column << 2)
    exponentialsOfRow(x + (column << 2), logSumExp, to, count)
    subtractAndScale(to, others, factor, count)
  }
}

/** y ← (y - others) · factor */
function subtractAndScale(y: usize, others: f32, factor: f32, length: usize): void {
  const eights = length & ~7
  let column: usize = 0
  for (; column < eights; column += 8) {
    const place = y + (column << 2)
    const first = f32x4.mul(f32x4.sub(v128.load(place), splat(others)), splat(factor))
    const second = f32x4.mul(f32x4.sub(v128.load(place, 16), splat(others)), splat(factor))
    v128.store(place, second, 16)
    v128.store(place, first)
  }
  for (; column < length; column++) store<f32>(y + (column << 2), (load<f32>(y + (column << 2)) - others) * factor)
}

/** dlogits = (e^(x - logSumExp) - q) · g; 0 where the target is `ignored`. */
export function crossEntropyGrad(
  logits: usize, targets: usize, logSumExp: usize, g: usize, dlogits: usize,
  classes: usize, ignored: i32, smoothing: f32, start: usize, end: usize,
): void {
  const others = smoothing / <f32>classes
  for (let row = start; row < end; row++) {
    const x = logits + row * (classes << 2)
    const dx = dlogits + row * (classes << 2)
    const target = load<i32>(targets + (row << 2))
    if (target == ignored) {
      memory.fill(dx, 0, classes << 2)
      continue
    }
    const total = load<f32>(logSumExp + (row << 2))
    const factor = load<f32>(g + (row << 2))
    gradientOfRow(x, total, others, factor, dx, classes)
    if (<u32>target < <u32>classes) {
      const place = <usize>target << 2
      const probability = f32x4.extract_lane(expOfNegative(f32x4.sub(v128.load32_splat(x + place), splat(total))), 0)
      store<f32>(dx + place, (probability - (1 - smoothing + others)) * factor)
    }
  }
}
