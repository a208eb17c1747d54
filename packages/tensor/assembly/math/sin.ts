import { choose, entry, upperHalf } from '../lanes'
import { multiplyAdd } from '../simd'
import { signOf } from './constants'

/** (sin r - r) / r³, by r² */
const SIN_SERIES = memory.data<f32>([
  2.605774852781906e-6, -0.00019809599325526506, 0.00833306647837162, -0.16666659712791443,
])
/** 1/π; π in two parts, products of the first with halves of whole numbers below 2²⁶ exact; 1/2 */
const TURNS = memory.data<f64>([0.3183098861837907, 3.141592651605606, 1.984187159361081e-9, 0.5])
const HUGE = memory.data<f32>([16777216])

/** sin r, |r| <= π/2 */
function sinOfReduced(r: v128): v128 {
  const z = f32x4.mul(r, r)
  let q = multiplyAdd(entry(SIN_SERIES, 0), z, entry(SIN_SERIES, 1))
  q = multiplyAdd(q, z, entry(SIN_SERIES, 2))
  q = multiplyAdd(q, z, entry(SIN_SERIES, 3))
  return multiplyAdd(f32x4.mul(r, z), q, r)
}

/** n of the least |x - (n - s)π|, in f64; s is 1/2 for a quarter of a turn, else 0 */
// @ts-ignore: decorator
@inline
function halfTurns(x: v128, quarter: bool): v128 {
  const turns = f64x2.mul(x, v128.load64_splat(TURNS))
  return f64x2.nearest(quarter ? f64x2.add(turns, v128.load64_splat(TURNS, 24)) : turns)
}

/** x - (n - s)π */
// @ts-ignore: decorator
@inline
function withoutHalfTurns(x: v128, n: v128, quarter: bool): v128 {
  const turns = quarter ? f64x2.sub(n, v128.load64_splat(TURNS, 24)) : n
  const coarse = f64x2.sub(x, f64x2.mul(turns, v128.load64_splat(TURNS, 8)))
  return f32x4.demote_f64x2_zero(f64x2.sub(coarse, f64x2.mul(turns, v128.load64_splat(TURNS, 16))))
}

/** sin x = (-1)ⁿ sin(x - nπ), the difference formed in f64 up to 2²⁴, in whole numbers beyond. */
// @ts-ignore: decorator
@inline
export function sin(x: v128): v128 {
  return v128.xor(ofMagnitude(x, false), signOf(x))
}

/** cos x = sin(x + π/2) = (-1)ⁿ sin(x - (n - 1/2)π): the quarter of a turn is added to n, and x is not rounded. */
// @ts-ignore: decorator
@inline
export function cos(x: v128): v128 {
  return ofMagnitude(x, true)
}

/** sin |x|, or a quarter of a turn further: cos |x|. */
// @ts-ignore: decorator
@inline
function ofMagnitude(x: v128, quarter: bool): v128 {
  const magnitude = f32x4.abs(x)
  const low = f64x2.promote_low_f32x4(magnitude)
  const high = f64x2.promote_low_f32x4(upperHalf(magnitude))
  const lowTurns = halfTurns(low, quarter)
  const highTurns = halfTurns(high, quarter)
  const r = i64x2.shuffle(withoutHalfTurns(low, lowTurns, quarter), withoutHalfTurns(high, highTurns, quarter), 0, 2)
  const turns = i64x2.shuffle(
    i32x4.trunc_sat_f64x2_s_zero(lowTurns),
    i32x4.trunc_sat_f64x2_s_zero(highTurns),
    0,
    2,
  )
  const result = v128.xor(sinOfReduced(r), i32x4.shl(turns, 31))
  const huge = f32x4.ge(magnitude, entry(HUGE, 0))
  return v128.any_true(huge) ? choose(huge, ofHuge(magnitude, quarter), result) : result
}

/** Each of four lanes by itself; those below 2²⁴ come out as anything. */
function ofHuge(x: v128, quarter: bool): v128 {
  return f32x4(
    ofOneHuge(f32x4.extract_lane(x, 0), quarter),
    ofOneHuge(f32x4.extract_lane(x, 1), quarter),
    ofOneHuge(f32x4.extract_lane(x, 2), quarter),
    ofOneHuge(f32x4.extract_lane(x, 3), quarter),
  )
}

/**
 * sin x, or cos x, for x = m 2ᵉ with 24 bits of m and e > 0: m times those 96 bits of 1/π that decide x/π modulo 2.
 *
 * @see Payne & Hanek 1983
 */
function ofOneHuge(x: f32, quarter: bool): f32 {
  const bits = reinterpret<u32>(x)
  const exponent = bits >> 23
  if (exponent == 255) return NaN
  const mantissa = u64((bits & 0x7fffff) | 0x800000)
  const first = exponent - 151
  // A fixed-point number below 2 with 63 bits behind the point.
  const turns =
    mantissa * bitsOfInversePi(first) +
    ((mantissa * (bitsOfInversePi(first + 64) >> 32)) >> 32) +
    (u64(quarter) << 62)
  const whole = (turns + (1 << 62)) >> 63
  const fraction = f64(i64(turns - (whole << 63))) * (Math.PI * 2 ** -63)
  const result = f32x4.extract_lane(sinOfReduced(f32x4.splat(f32(fraction))), 0)
  return u32(whole) & 1 ? -result : result
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
