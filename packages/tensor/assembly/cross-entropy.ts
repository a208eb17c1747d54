/*
 * Cross-entropy of rows of logits with their targets, and its derivative. Each kernel does the rows [start, end).
 */
import { splat } from './lanes'
import { expOfNegative } from './math/exp'
import { largestInRow, loadColumns, storeColumns, sumOfRow } from './rows'
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

/** (e^(x - logSumExp) - others) · factor */
// @ts-ignore: decorator
@inline
export function slope(x: v128, logSumExp: v128, others: v128, factor: v128): v128 {
  return f32x4.mul(f32x4.sub(expOfNegative(f32x4.sub(x, logSumExp)), others), factor)
}

/** What the logits of one row get, as if the target were none of them. */
function gradientOfRow(x: usize, logSumExp: v128, others: v128, factor: v128, dx: usize, classes: usize): void {
  const eights = classes & ~7
  let column: usize = 0
  for (; column < eights; column += 8) {
    const place = column << 2
    const first = slope(v128.load(x + place), logSumExp, others, factor)
    const second = slope(v128.load(x + place, 16), logSumExp, others, factor)
    v128.store(dx + place, first)
    v128.store(dx + place, second, 16)
  }
  for (; column < classes; column += 4) {
    storeColumns(dx, column, classes, slope(loadColumns(x, column, classes), logSumExp, others, factor))
  }
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
    const total = v128.load32_splat(logSumExp + (row << 2))
    const factor = load<f32>(g + (row << 2))
    gradientOfRow(x, total, splat(others), splat(factor), dx, classes)
    if (<u32>target < <u32>classes) {
      const place = <usize>target << 2
      const probability = f32x4.extract_lane(expOfNegative(f32x4.sub(v128.load32_splat(x + place), total)), 0)
      store<f32>(dx + place, (probability - (1 - smoothing + others)) * factor)
    }
  }
}
