import { endOfBlock, firstOfBlock, rowOfBlock } from './blocks'
import { splat } from './lanes'
import { multiplyAdd } from './simd'

/** end, first, size; p, g, m, v; the new p, m, v; keep */
const ROW_BYTES: usize = 44

/** a · share + b · rest */
// @ts-ignore: decorator
@inline
export function mixed(a: v128, b: v128, share: v128, rest: v128): v128 {
  return multiplyAdd(a, share, f32x4.mul(b, rest))
}

/**
 * Blocks [start, end) of many tensors (see blocks.ts): g ← c g;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;
 * p ← keep · p - rate · m / (correction √v + ε). Outputs may be the inputs themselves. The last vectors of a tensor may
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
    for (let i = first << 2; i < last; i += 32) {
      const gradient0 = f32x4.mul(v128.load(g + i), factor)
      const gradient1 = f32x4.mul(v128.load(g + i, 16), factor)
      const mean0 = mixed(v128.load(m + i), gradient0, splat(beta1), splat(rest1))
      const mean1 = mixed(v128.load(m + i, 16), gradient1, splat(beta1), splat(rest1))
      const square0 = mixed(v128.load(v + i), f32x4.mul(gradient0, gradient0), splat(beta2), splat(rest2))
      const square1 = mixed(v128.load(v + i, 16), f32x4.mul(gradient1, gradient1), splat(beta2), splat(rest2))
      const change0 = f32x4.div(mean0, multiplyAdd(f32x4.sqrt(square0), splat(correction), splat(epsilon)))
      const change1 = f32x4.div(mean1, multiplyAdd(f32x4.sqrt(square1), splat(correction), splat(epsilon)))
      const p0 = f32x4.sub(f32x4.mul(v128.load(p + i), keep), f32x4.mul(change0, splat(rate)))
      const p1 = f32x4.sub(f32x4.mul(v128.load(p + i, 16), keep), f32x4.mul(change1, splat(rate)))
      v128.store(newM + i, mean1, 16)
      v128.store(newM + i, mean0)
      v128.store(newV + i, square1, 16)
      v128.store(newV + i, square0)
      v128.store(newP + i, p1, 16)
      v128.store(newP + i, p0)
    }
  }
}
