import { choose, entry } from '../lanes'
import { multiplyAdd } from '../simd'
import { signOf } from './constants'
import { expOfNegative } from './exp'

/** e^(a²) erfc a, 0 <= a <= 10: a numerator and a denominator. */
const ERFC_ABOVE = memory.data<f32>([
  0.03292682766914368, 0.22984087467193604, 0.7329104542732239, 1.239659070968628, 1,
])
const ERFC_BELOW = memory.data<f32>([
  0.05836060270667076, 0.40740811824798584, 1.327806830406189, 2.4049465656280518, 2.3680388927459717, 1,
])
/** The same at x/√2, halved. */
const TAIL_ABOVE = memory.data<f32>([
  0.00411585345864296, 0.040630511939525604, 0.18322761356830597, 0.4382856786251068, 0.5,
])
const TAIL_BELOW = memory.data<f32>([
  0.010316794738173485, 0.10185202956199646, 0.46945059299468994, 1.2024732828140259, 1.6744563579559326, 1.0
])

/** Of polynomials of degree 4 and 5, by pairs: processors wait for the chain of additions, not for their number. */

// @ts-ignore: decorator
@inline
export function quotient(above: usize, below: usize, a: v128): v128 {
  const square = f32x4.mul(a, a)
  let p = multiplyAdd(entry(above, 0), square, multiplyAdd(entry(above, 1), a, entry(above, 2)))
  p = multiplyAdd(p, square, multiplyAdd(entry(above, 3), a, entry(above, 4)))
  let q = multiplyAdd(entry(below, 0), a, entry(below, 1))
  q = multiplyAdd(q, square, multiplyAdd(entry(below, 2), a, entry(below, 3)))
  q = multiplyAdd(q, square, multiplyAdd(entry(below, 4), a, entry(below, 5)))
  return f32x4.div(p, q)
}

/** erf x / x - 1, by x² */
const ERF_SERIES = memory.data<f32>([
  -0.0006535098655149341, 0.005085108336061239, -0.026820793747901917, 0.11283112317323685, -0.3761260211467743,
  0.12837914,
])
const ERF = memory.data<f32>([10, 0.8, 1, 14])

/** erf |x| = |x| + |x| P(x²) below 0.8, 1 - e^(-x²) (e^(x²) erfc |x|) above; with the sign of x. */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const magnitude = f32x4.pmin(f32x4.abs(x), entry(ERF, 0))
  const z = f32x4.mul(magnitude, magnitude)
  const square = f32x4.mul(z, z)
  let q = multiplyAdd(entry(ERF_SERIES, 0), z, entry(ERF_SERIES, 1))
  q = multiplyAdd(q, square, multiplyAdd(entry(ERF_SERIES, 2), z, entry(ERF_SERIES, 3)))
  q = multiplyAdd(q, square, multiplyAdd(entry(ERF_SERIES, 4), z, entry(ERF_SERIES, 5)))
  const small = multiplyAdd(q, magnitude, magnitude)
  const large = f32x4.sub(entry(ERF, 2), f32x4.mul(expOfNegative(f32x4.neg(z)), quotient(ERFC_ABOVE, ERFC_BELOW, magnitude)))
  return v128.or(choose(f32x4.lt(magnitude, entry(ERF, 1)), small, large), signOf(x))
}

/**
 * Φ(-|x|), the tail of the normal distribution, accurate relative to itself, from e = e^(-x²/2):
 * e/2 · (e^(a²) erfc a) with a = |x|/√2.
 */
// @ts-ignore: decorator
@inline
export function normalTail(x: v128, e: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), entry(ERF, 3))
  return f32x4.mul(e, quotient(TAIL_ABOVE, TAIL_BELOW, a))
}
