import { splat } from './lanes'
import { multiplyAdd } from './simd'

/**
 * Elements [start, end) of one tensor: g ← c g;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;
 * p ← keep · p - rate · m / (correction √v + ε). Outputs may be the inputs themselves. `start` is a multiple of 16, and
 * the last vector may run over the end, into the rest of the last 64 bytes.
 */
export function adamwStep(
  c: usize, p: usize, g: usize, m: usize, v: usize, newP: usize, newM: usize, newV: usize,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, keep: f32, rate: f32, correction: f32, epsilon: f32,
  start: usize, end: usize,
): void {
  const factor = v128.load32_splat(c)
  for (let i = start << 2; i < end << 2; i += 16) {
    const gradient = f32x4.mul(v128.load(g + i), factor)
    const first = multiplyAdd(v128.load(m + i), splat(beta1), f32x4.mul(gradient, splat(rest1)))
    const second = multiplyAdd(v128.load(v + i), splat(beta2), f32x4.mul(f32x4.mul(gradient, gradient), splat(rest2)))
    const denominator = multiplyAdd(f32x4.sqrt(second), splat(correction), splat(epsilon))
    const change = f32x4.mul(f32x4.div(first, denominator), splat(rate))
    v128.store(newM + i, first)
    v128.store(newV + i, second)
    v128.store(newP + i, f32x4.sub(f32x4.mul(v128.load(p + i), splat(keep)), change))
  }
}
