/*
 * GELU with the exact Φ, from the tail Φ(-|x|), which is accurate relative to itself. Each kernel does the elements
 * [start, end), as map.ts says.
 */
import { choose, entry, splat } from './lanes'
import { map, mapBoth } from './map'
import { normalTail } from './math/erf'
import { expOfNegative } from './math/exp'
import { multiplyAdd } from './simd'

/** -½, 1 / √(2π), 1 */
const GELU = memory.data<f32>([-0.5, 0.3989422804014327, 1])

/** e^(-x²/2) */
// @ts-ignore: decorator
@inline
export function bell(x: v128): v128 {
  return expOfNegative(f32x4.mul(f32x4.mul(x, x), entry(GELU, 0)))
}

/** Φ(x), from e = e^(-x²/2) */
// @ts-ignore: decorator
@inline
export function normalCdf(x: v128, e: v128): v128 {
  const tail = normalTail(x, e)
  return choose(f32x4.lt(x, splat(0)), tail, f32x4.sub(entry(GELU, 2), tail))
}

// @ts-ignore: decorator
@inline
export function geluOf(x: v128): v128 {
  return f32x4.mul(x, normalCdf(x, bell(x)))
}

/** Φ(x) + x φ(x), φ(x) = e^(-x²/2) / √(2π) */
// @ts-ignore: decorator
@inline
export function slopeOf(x: v128): v128 {
  const e = bell(x)
  return multiplyAdd(f32x4.mul(x, entry(GELU, 1)), e, normalCdf(x, e))
}

@unmanaged class Gelu { @inline of(x: v128): v128 { return geluOf(x) } }
@unmanaged class GeluGrad { @inline of(x: v128, g: v128): v128 { return f32x4.mul(g, slopeOf(x)) } }

/** y = x Φ(x) */
export function gelu(x: usize, y: usize, start: usize, end: usize): void {
  map<Gelu>(x, y, start, end)
}

/** dx = g (Φ(x) + x φ(x)) */
export function geluGrad(x: usize, g: usize, dx: usize, start: usize, end: usize): void {
  mapBoth<GeluGrad>(x, g, dx, start, end)
}
