import { choose, entry } from '../lanes'
import { multiplyAdd } from '../simd'
import { signOf } from './constants'
import { expOfNegative } from './exp'

/** (tanh x - x) / x³, by x² */
const TANH_SERIES = memory.data<f32>([
  -0.005704978480935097, 0.020639078691601753, -0.05373971164226532, 0.13331441581249237, -0.3333328068256378,
])
const TANH = memory.data<f32>([1, -2, 0.625])

/** tanh |x| = |x| + |x|³ P(x²) below 5/8, 1 - 2 e / (1 + e) with e = e^(-2|x|) above; with the sign of x. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const z = f32x4.mul(x, x)
  const square = f32x4.mul(z, z)
  let q = multiplyAdd(entry(TANH_SERIES, 0), square, multiplyAdd(entry(TANH_SERIES, 1), z, entry(TANH_SERIES, 2)))
  q = multiplyAdd(q, square, multiplyAdd(entry(TANH_SERIES, 3), z, entry(TANH_SERIES, 4)))
  const small = multiplyAdd(f32x4.mul(magnitude, z), q, magnitude)
  const e = expOfNegative(f32x4.mul(magnitude, entry(TANH, 1)))
  const one = entry(TANH, 0)
  const large = f32x4.sub(one, f32x4.div(f32x4.add(e, e), f32x4.add(one, e)))
  return v128.or(choose(f32x4.lt(magnitude, entry(TANH, 2)), small, large), signOf(x))
}
