import { multiplyAdd } from '../simd'
import { entry, LN2 } from './constants'

/** Bounds beyond which eˣ is infinite or 0, 1 / ln 2, and 1.5 · 2²³, adding which rounds to whole numbers. */
const EXP = memory.data<f32>([89, -104, 1.4426950408889634, 12582912, 1])
/** (eʳ - 1 - r) / r² */
const EXP_SERIES = memory.data<f32>([
  0.0013814539415761828, 0.00836874544620514, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552,
])
const BIAS = memory.data<i32>([127])

/**
 * eˣ = 2ⁿ eʳ with n = round(x / ln 2), |r| <= ln 2 / 2. The power is multiplied in two halves, so that results below
 * 2⁻¹²⁶ are rounded once and those above the largest number become infinite.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax keep a NaN that is their first operand.
  const bounded = f32x4.pmax(f32x4.pmin(x, entry(EXP, 0)), entry(EXP, 1))
  const shifted = multiplyAdd(bounded, entry(EXP, 2), entry(EXP, 3))
  const n = f32x4.sub(shifted, entry(EXP, 3))
  const coarse = f32x4.sub(bounded, f32x4.mul(n, entry(LN2, 0)))
  const r = f32x4.sub(coarse, f32x4.mul(n, entry(LN2, 1)))
  let q = multiplyAdd(entry(EXP_SERIES, 0), r, entry(EXP_SERIES, 1))
  q = multiplyAdd(q, r, entry(EXP_SERIES, 2))
  q = multiplyAdd(q, r, entry(EXP_SERIES, 3))
  q = multiplyAdd(q, r, entry(EXP_SERIES, 4))
  const power = f32x4.add(multiplyAdd(f32x4.mul(r, r), q, r), entry(EXP, 4))
  // The whole number is in the lowest bits of the shifted one.
  const exponent = i32x4.sub(shifted, entry(EXP, 3))
  const half = i32x4.shr_s(exponent, 1)
  return f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)))
}

/** 2ⁿ, -126 <= n <= 127 */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, entry(BIAS, 0)), 23)
}
