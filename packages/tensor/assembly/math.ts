/*
 * Elementary functions of four f32 at once, of the same error in both builds (the coefficients are minimax fits, made
 * for this file). Largest errors against float64, in units of the last place: see docs/performance.md.
 */
import { choose, splat } from './lanes'
import { multiplyAdd } from './simd'

// @ts-ignore: decorator
@inline
function signOf(x: v128): v128 {
  return v128.and(x, splat(-0.0))
}

/**
 * eˣ = 2ⁿ eʳ with n = round(x / ln 2), |r| <= ln 2 / 2. The power is multiplied in two halves, so that results below
 * 2⁻¹²⁶ are rounded once and those above the largest number become infinite.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax keep a NaN that is their first operand.
  const bounded = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-104))
  const n = f32x4.nearest(f32x4.mul(bounded, splat(1.4426950408889634)))
  // ln 2 in two parts; products of the first are exact.
  const coarse = f32x4.sub(bounded, f32x4.mul(n, splat(0.693145751953125)))
  const r = f32x4.sub(coarse, f32x4.mul(n, splat(1.4286068203094173e-6)))
  let q = multiplyAdd(splat(0.0013814539415761828), r, splat(0.00836874544620514))
  q = multiplyAdd(q, r, splat(0.04166838899254799))
  q = multiplyAdd(q, r, splat(0.1666652113199234))
  q = multiplyAdd(q, r, splat(0.4999999403953552))
  const power = f32x4.add(multiplyAdd(f32x4.mul(r, r), q, r), splat(1))
  const exponent = i32x4.trunc_sat_f32x4_s(n)
  const half = i32x4.shr_s(exponent, 1)
  return f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)))
}

/** 2ⁿ, -126 <= n <= 127 */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/**
 * ln x = k ln 2 + ln(1 + f) with √½ <= 1 + f < √2, and with s = f / (2 + f)
 * ln(1 + f) = 2 artanh s = f - (f²/2 - s (f²/2 + R(s²))). -Infinity at 0, NaN below.
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.1754943508222875e-38))
  const normal = choose(tiny, f32x4.mul(x, splat(33554432)), x)
  // Moves the bits so that the exponent changes at √½ rather than at 1.
  const shifted = i32x4.add(normal, i32x4.splat(0x3f800000 - 0x3f3504f3))
  const offset = v128.and(tiny, i32x4.splat(25))
  const exponent = i32x4.sub(i32x4.sub(i32x4.shr_s(shifted, 23), i32x4.splat(127)), offset)
  const k = f32x4.convert_i32x4_s(exponent)
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3))
  const f = f32x4.sub(mantissa, splat(1))
  const s = f32x4.div(f, f32x4.add(f, splat(2)))
  const z = f32x4.mul(s, s)
  let remainder = multiplyAdd(splat(0.2987176179885864), z, splat(0.3997754156589508))
  remainder = multiplyAdd(remainder, z, splat(0.6666677594184875))
  const halfSquare = f32x4.mul(f32x4.mul(f, f), splat(0.5))
  const correction = f32x4.mul(s, multiplyAdd(remainder, z, halfSquare))
  const low = multiplyAdd(k, splat(1.4286068203094173e-6), correction)
  const result = multiplyAdd(k, splat(0.693145751953125), f32x4.sub(f, f32x4.sub(halfSquare, low)))
  const special = choose(
    f32x4.eq(x, splat(0)),
    splat(-Infinity),
    choose(f32x4.ge(x, splat(0)), x, splat(NaN)),
  )
  const ordinary = v128.and(f32x4.gt(x, splat(0)), f32x4.lt(x, splat(Infinity)))
  return choose(ordinary, result, special)
}

/** sin r, |r| <= π/2 */
// @ts-ignore: decorator
@inline
function sinOfReduced(r: v128): v128 {
  const z = f32x4.mul(r, r)
  let q = multiplyAdd(splat(2.605774852781906e-6), z, splat(-0.00019809599325526506))
  q = multiplyAdd(q, z, splat(0.00833306647837162))
  q = multiplyAdd(q, z, splat(-0.16666659712791443))
  return multiplyAdd(f32x4.mul(r, z), q, r)
}

/** n = round(x / π), in f64 */
// @ts-ignore: decorator
@inline
function halfTurns(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(0.3183098861837907)))
}

/** x - nπ: π in two parts, products of the first exact up to n = 2²³ */
// @ts-ignore: decorator
@inline
function withoutHalfTurns(x: v128, n: v128): v128 {
  const coarse = f64x2.sub(x, f64x2.mul(n, f64x2.splat(3.141592651605606)))
  return f32x4.demote_f64x2_zero(f64x2.sub(coarse, f64x2.mul(n, f64x2.splat(1.984187159361081e-9))))
}

/** sin x = (-1)ⁿ sin(x - nπ), the difference formed in f64 up to 2²⁴, in whole numbers beyond. */
// @ts-ignore: decorator
@inline
export function sin(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const low = f64x2.promote_low_f32x4(magnitude)
  const high = f64x2.promote_low_f32x4(i64x2.shuffle(magnitude, magnitude, 1, 0))
  const lowTurns = halfTurns(low)
  const highTurns = halfTurns(high)
  const r = i64x2.shuffle(withoutHalfTurns(low, lowTurns), withoutHalfTurns(high, highTurns), 0, 2)
  const turns = i64x2.shuffle(
    i32x4.trunc_sat_f64x2_s_zero(lowTurns),
    i32x4.trunc_sat_f64x2_s_zero(highTurns),
    0,
    2,
  )
  const result = v128.xor(v128.xor(sinOfReduced(r), i32x4.shl(turns, 31)), signOf(x))
  const huge = f32x4.ge(magnitude, splat(16777216))
  return v128.any_true(huge) ? choose(huge, sinOfHuge(x), result) : result
}

/** Each of four lanes by itself; those below 2²⁴ in magnitude come out as anything. */
function sinOfHuge(x: v128): v128 {
  return f32x4(
    sinOfOneHuge(f32x4.extract_lane(x, 0)),
    sinOfOneHuge(f32x4.extract_lane(x, 1)),
    sinOfOneHuge(f32x4.extract_lane(x, 2)),
    sinOfOneHuge(f32x4.extract_lane(x, 3)),
  )
}

/**
 * sin x for |x| = m 2ᵉ with 24 bits of m and e > 0: m times those 96 bits of 1/π that decide x/π modulo 2.
 *
 * @see Payne & Hanek 1983
 */
function sinOfOneHuge(x: f32): f32 {
  const bits = reinterpret<u32>(x)
  const biased = (bits >> 23) & 255
  if (biased == 255) return NaN
  const mantissa = u64((bits & 0x7fffff) | 0x800000)
  const first = biased - 151
  const turns = mantissa * bitsOfInversePi(first) + ((mantissa * (bitsOfInversePi(first + 64) >> 32)) >> 32)
  // A fixed-point number below 2 with 63 bits behind the point.
  const whole = (turns + (1 << 62)) >> 63
  const fraction = f64(i64(turns - (whole << 63))) * (Math.PI * 2 ** -63)
  const magnitude = f32x4.extract_lane(sinOfReduced(f32x4.splat(f32(fraction))), 0)
  return ((bits >> 31) ^ u32(whole)) & 1 ? -magnitude : magnitude
}

/** 64 bits of 1/π from bit `first` behind the point on, first < 192. */
function bitsOfInversePi(first: u32): u64 {
  const shift = u64(first & 63)
  const word = wordOfInversePi(first >> 6)
  return shift ? (word << shift) | (wordOfInversePi((first >> 6) + 1) >> (64 - shift)) : word
}

function wordOfInversePi(index: u32): u64 {
  if (index == 0) return 0x517cc1b727220a94
  if (index == 1) return 0xfe13abe8fa9a6ee0
  return index == 2 ? 0x6db14acc9e21c820 : 0xff28b1d5ef5de2b0
}

/** tanh |x| = |x| + |x|³ P(x²) below 5/8, 1 - 2 / (e^(2|x|) + 1) above; with the sign of x. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const z = f32x4.mul(x, x)
  let q = multiplyAdd(splat(-0.005704978480935097), z, splat(0.020639078691601753))
  q = multiplyAdd(q, z, splat(-0.05373971164226532))
  q = multiplyAdd(q, z, splat(0.13331441581249237))
  q = multiplyAdd(q, z, splat(-0.3333328068256378))
  const small = multiplyAdd(f32x4.mul(magnitude, z), q, magnitude)
  const e = exp(f32x4.add(magnitude, magnitude))
  const large = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))))
  return v128.or(choose(f32x4.lt(magnitude, splat(0.625)), small, large), signOf(x))
}

/** e^(a²) erfc a = P(a) / Q(a), 0 <= a <= 10 */
// @ts-ignore: decorator
@inline
function scaledErfc(a: v128): v128 {
  let p = multiplyAdd(splat(0.03292682766914368), a, splat(0.22984087467193604))
  p = multiplyAdd(p, a, splat(0.7329104542732239))
  p = multiplyAdd(p, a, splat(1.239659070968628))
  p = multiplyAdd(p, a, splat(1))
  let q = multiplyAdd(splat(0.05836060270667076), a, splat(0.40740811824798584))
  q = multiplyAdd(q, a, splat(1.327806830406189))
  q = multiplyAdd(q, a, splat(2.4049465656280518))
  q = multiplyAdd(q, a, splat(2.3680388927459717))
  q = multiplyAdd(q, a, splat(1))
  return f32x4.div(p, q)
}

/** erf |x| = |x| P(x²) below 0.8, 1 - e^(-x²) (e^(x²) erfc |x|) above; with the sign of x. */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const magnitude = f32x4.pmin(f32x4.abs(x), splat(10))
  const z = f32x4.mul(magnitude, magnitude)
  let q = multiplyAdd(splat(-0.0006535098655149341), z, splat(0.005085108336061239))
  q = multiplyAdd(q, z, splat(-0.026820793747901917))
  q = multiplyAdd(q, z, splat(0.11283112317323685))
  q = multiplyAdd(q, z, splat(-0.3761260211467743))
  q = multiplyAdd(q, z, splat(0.12837914))
  const small = multiplyAdd(q, magnitude, magnitude)
  const large = f32x4.sub(splat(1), f32x4.mul(exp(f32x4.neg(z)), scaledErfc(magnitude)))
  return v128.or(choose(f32x4.lt(magnitude, splat(0.8)), small, large), signOf(x))
}

/**
 * Φ(-|x|), the tail of the normal distribution, accurate relative to itself, from e = e^(-x²/2):
 * e/2 · (e^(a²) erfc a) with a = |x|/√2.
 */
// @ts-ignore: decorator
@inline
export function normalTail(x: v128, e: v128): v128 {
  const a = f32x4.pmin(f32x4.mul(f32x4.abs(x), splat(0.7071067811865476)), splat(10))
  return f32x4.mul(f32x4.mul(e, splat(0.5)), scaledErfc(a))
}
