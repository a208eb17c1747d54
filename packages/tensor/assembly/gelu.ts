/*
 * GELU with the exact Φ, from the tail Φ(-|x|), which is accurate relative to itself. Each kernel does the elements
 * [start, end); start is a multiple of 16, and the last vector may run over the end, into the rest of the last 64 bytes.
 */
import { choose, splat } from './lanes'
import { exp, normalTail } from './math'
import { multiplyAdd } from './simd'

/** e^(-x²/2) */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(x, x), splat(-0.5)))
}

/** y = x Φ(x) = max(x, 0) - |x| Φ(-|x|) */
export function gelu(x: usize, y: usize, start: usize, end: usize): void {
  for (let i = start; i < end; i += 4) {
    const value = v128.load(x + (i << 2))
    // Beyond 15 the tail is 0; without the bound, infinity times 0 would be NaN.
    const magnitude = f32x4.pmin(f32x4.abs(value), splat(15))
    const positive = f32x4.max(value, splat(0))
    v128.store(y + (i << 2), f32x4.sub(positive, f32x4.mul(magnitude, normalTail(magnitude, bell(value)))))
  }
}

/** dx = g (Φ(x) + x φ(x)), φ(x) = e^(-x²/2) / √(2π) */
export function geluGrad(x: usize, g: usize, dx: usize, start: usize, end: usize): void {
  for (let i = start; i < end; i += 4) {
    const value = v128.load(x + (i << 2))
    const bounded = f32x4.pmax(f32x4.pmin(value, splat(15)), splat(-15))
    const e = bell(bounded)
    const tail = normalTail(bounded, e)
    const cdf = choose(f32x4.lt(bounded, splat(0)), tail, f32x4.sub(splat(1), tail))
    const slope = multiplyAdd(f32x4.mul(bounded, splat(0.3989422804014327)), e, cdf)
    v128.store(dx + (i << 2), f32x4.mul(v128.load(g + (i << 2)), slope))
  }
}
