import { endOfBlock, firstOfBlock, rowOfBlock } from './blocks'
import { splat } from './lanes'
import { multiplyAdd } from './simd'

/** end, first, size; p, g, m, v; the new p, m, v; keep */
const ROW_BYTES: usize = 44

/**
 * Blocks [start, end) of many tensors (see blocks.ts): g ← c g;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;
 * p ← keep · p - rate · m / (correction √v + ε). Outputs may be the inputs themselves. The last vector of a tensor may
 * run over its end, into the rest of its last 64 bytes.
 */
export function adamwStep(
  table: usize, c: usize, beta1: f32, rest1: f32, beta2: f32, rest2: f32, rate: f32, correction: f32, epsilon: f32,
  start: usize, end: usize,
): void {
  const factor = v128.load32_splat(c)
  let row = table
  for (let block = start; block < end; block++) {
    row = rowOfBlock(row, ROW_BYTES, block)
    const first = firstOfBlock(row, block)
    const p: usize = load<u32>(row, 12)
    const g: usize = load<u32>(row, 16)
    const m: usize = load<u32>(row, 20)
    const v: usize = load<u32>(row, 24)
    const newP: usize = load<u32>(row, 28)
    const newM: usize = load<u32>(row, 32)
    const newV: usize = load<u32>(row, 36)
    const keep = v128.load32_splat(row, 40)
    const last = endOfBlock(row, first) << 2
    for (let i = first << 2; i < last; i += 16) {
      const gradient = f32x4.mul(v128.load(g + i), factor)
      const mean = multiplyAdd(v128.load(m + i), splat(beta1), f32x4.mul(gradient, splat(rest1)))
      const square = multiplyAdd(v128.load(v + i), splat(beta2), f32x4.mul(f32x4.mul(gradient, gradient), splat(rest2)))
      const denominator = multiplyAdd(f32x4.sqrt(square), splat(correction), splat(epsilon))
      const change = f32x4.mul(f32x4.div(mean, denominator), splat(rate))
      v128.store(newM + i, mean)
      v128.store(newV + i, square)
      v128.store(newP + i, f32x4.sub(f32x4.mul(v128.load(p + i), keep), change))
    }
  }
}
