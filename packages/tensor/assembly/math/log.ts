import { choose, entry, splat } from '../lanes'
import { multiplyAdd } from '../simd'
import { LN2 } from './constants'

/** The smallest normal number, 2²⁵, 1, 2, ½ */
const LOG = memory.data<f32>([1.1754943508222875e-38, 33554432, 1, 2, 0.5])
/** The bits of 1 less those of √½; the bits of a fraction; those of √½; 25; 127 */
const LOG_BITS = memory.data<i32>([0x004afb0d, 0x7fffff, 0x3f3504f3, 25, 127])
/** (2 artanh s - 2 s) / s³, by s² */
const LOG_SERIES = memory.data<f32>([0.2987176179885864, 0.3997754156589508, 0.6666677594184875])
const NOT_FINITE = memory.data<f32>([Infinity, NaN, -Infinity])

/**
 * ln x = k ln 2 + ln(1 + f) with √½ <= 1 + f < √2, and with s = f / (2 + f)
 * ln(1 + f) = 2 artanh s = f - (f²/2 - s (f²/2 + R(s²))). -Infinity at 0, NaN below.
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, entry(LOG, 0))
  const normal = choose(tiny, f32x4.mul(x, entry(LOG, 1)), x)
  // Moves the bits so that the exponent changes at √½ rather than at 1.
  const shifted = i32x4.add(normal, entry(LOG_BITS, 0))
  const offset = i32x4.add(v128.and(tiny, entry(LOG_BITS, 3)), entry(LOG_BITS, 4))
  const k = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(shifted, 23), offset))
  const f = f32x4.sub(i32x4.add(v128.and(shifted, entry(LOG_BITS, 1)), entry(LOG_BITS, 2)), entry(LOG, 2))
  const s = f32x4.div(f, f32x4.add(f, entry(LOG, 3)))
  const z = f32x4.mul(s, s)
  let remainder = multiplyAdd(entry(LOG_SERIES, 0), z, entry(LOG_SERIES, 1))
  remainder = multiplyAdd(remainder, z, entry(LOG_SERIES, 2))
  const halfSquare = f32x4.mul(f32x4.mul(f, f), entry(LOG, 4))
  const correction = f32x4.mul(s, multiplyAdd(remainder, z, halfSquare))
  const low = multiplyAdd(k, entry(LN2, 1), correction)
  const result = multiplyAdd(k, entry(LN2, 0), f32x4.sub(f, f32x4.sub(halfSquare, low)))
  const zero = splat(0)
  const infinity = entry(NOT_FINITE, 0)
  const notPositive = choose(f32x4.eq(x, zero), entry(NOT_FINITE, 2), entry(NOT_FINITE, 1))
  const special = choose(f32x4.eq(x, infinity), infinity, notPositive)
  const ordinary = v128.and(f32x4.gt(x, zero), f32x4.lt(x, infinity))
  return choose(ordinary, result, special)
}
