import { entry, splat } from '../lanes'
import { multiplyAdd } from '../simd'
import { LN2 } from './constants'

/** 1 / ln 2; 1.5 · 2²³, adding which rounds to whole numbers and leaves them in the lowest bits; the same + 127; 1 */
const EXP = memory.data<f32>([1.4426950408889634, 12582912, 12583039, 1])
/** (eʳ - 1 - r) / r² */
const EXP_SERIES = memory.data<f32>([
  0.0013814539415761828, 0.00836874544620514, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552,
])
/** Bounds beyond which eˣ is infinite, 0, and below 2⁻¹²⁶ */
const EXP_BOUNDS = memory.data<f32>([89, -104, -87.33654])
const BIAS = memory.data<i32>([127])

/** eʳ with r = x - n ln 2, |r| <= ln 2 / 2, ln 2 in two parts, from the coefficients of (eʳ - 1 - r) / r² */
// @ts-ignore: decorator
@inline
export function powerOfRest(
  x: v128, n: v128, high: v128, low: v128, a: v128, b: v128, c: v128, d: v128, e: v128, one: v128,
): v128 {
  const r = multiplyAdd(n, low, multiplyAdd(n, high, x))
  const square = f32x4.mul(r, r)
  // By pairs rather than one after the other: processors wait for the chain, not for the count.
  let q = multiplyAdd(a, square, multiplyAdd(b, r, c))
  q = multiplyAdd(q, square, multiplyAdd(d, r, e))
  return f32x4.add(multiplyAdd(square, q, r), one)
}

/** The same, with the constants where they lie. */
// @ts-ignore: decorator
@inline
export function expOfRest(x: v128, n: v128): v128 {
  return powerOfRest(
    x,
    n,
    entry(LN2, 2),
    entry(LN2, 3),
    entry(EXP_SERIES, 0),
    entry(EXP_SERIES, 1),
    entry(EXP_SERIES, 2),
    entry(EXP_SERIES, 3),
    entry(EXP_SERIES, 4),
    entry(EXP, 3),
  )
}

/**
 * eˣ = 2ⁿ eʳ with n = round(x / ln 2). The power is multiplied in two halves, so that results below 2⁻¹²⁶ are rounded
 * once and those above the largest number become infinite.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax keep a NaN that is their first operand.
  const bounded = f32x4.pmax(f32x4.pmin(x, entry(EXP_BOUNDS, 0)), entry(EXP_BOUNDS, 1))
  const shifted = multiplyAdd(bounded, entry(EXP, 0), entry(EXP, 1))
  const power = expOfRest(bounded, f32x4.sub(shifted, entry(EXP, 1)))
  const exponent = i32x4.sub(shifted, entry(EXP, 1))
  const half = i32x4.shr_s(exponent, 1)
  return f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)))
}

/** 2ⁿ, -126 <= n <= 127 */
// @ts-ignore: decorator
@inline
export function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, entry(BIAS, 0)), 23)
}

/** eˣ for x up to 88, and 0 where it is below 2⁻¹²⁶: two thirds of the work of `exp`. */
// @ts-ignore: decorator
@inline
export function expOfNegative(x: v128): v128 {
  const shifted = multiplyAdd(x, entry(EXP, 0), entry(EXP, 2))
  const power = expOfRest(x, f32x4.sub(shifted, entry(EXP, 2)))
  return scaled(x, power, shifted, entry(EXP_BOUNDS, 2))
}

/** The power times 2ⁿ, or 0 where x is below the bound. */
// @ts-ignore: decorator
@inline
export function scaled(x: v128, power: v128, shifted: v128, bound: v128): v128 {
  // The lowest bits are n + 127, the exponent of 2ⁿ. NaN is not below the bound, and stays.
  return v128.andnot(f32x4.mul(power, i32x4.shl(shifted, 23)), f32x4.lt(x, bound))
}

/**
 * yᵢ = e^(xᵢ - c), as expOfNegative, for a multiple of eight elements. The constants wait in registers, of which one
 * vector of twice the width leaves enough: then 1.4 times as fast as loading each where it is used.
 */
export function exponentials(x: usize, c: f32, y: usize, count: usize): void {
  const offset = splat(c)
  const perUnit = entry(EXP, 0)
  const shift = entry(EXP, 2)
  const one = entry(EXP, 3)
  const a = entry(EXP_SERIES, 0)
  const b = entry(EXP_SERIES, 1)
  const c2 = entry(EXP_SERIES, 2)
  const d = entry(EXP_SERIES, 3)
  const e = entry(EXP_SERIES, 4)
  const high = entry(LN2, 2)
  const low = entry(LN2, 3)
  const bound = entry(EXP_BOUNDS, 2)
  for (let i: usize = 0; i < count << 2; i += 32) {
    const x0 = f32x4.sub(v128.load(x + i), offset)
    const x1 = f32x4.sub(v128.load(x + i, 16), offset)
    const shifted0 = multiplyAdd(x0, perUnit, shift)
    const shifted1 = multiplyAdd(x1, perUnit, shift)
    const power0 = powerOfRest(x0, f32x4.sub(shifted0, shift), high, low, a, b, c2, d, e, one)
    const power1 = powerOfRest(x1, f32x4.sub(shifted1, shift), high, low, a, b, c2, d, e, one)
    const y0 = scaled(x0, power0, shifted0, bound)
    const y1 = scaled(x1, power1, shifted1, bound)
    v128.store(y + i, y1, 16)
    v128.store(y + i, y0)
  }
}
