import { add, erf, exp, mul } from '../operations/elementwise.ts'
import type { NoParameters } from '../primitives.ts'
import { floatType } from '../rules.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'

/** Φ(x) = (1 + erf(x/√2)) / 2, the normal distribution function. */
function normalCdf(x: Tensor): Tensor {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
}

/** y = x Φ(x), with the exact Φ. @see Hendrycks & Gimpel 2016, eq. 1 */
export const gelu: Composite<NoParameters> = {
  name: 'gelu',
  outputs([x]) {
    return [{ shape: x!.shape, dtype: floatType('gelu', [x!]) }]
  },
  formula: ([x]) => [mul(x!, normalCdf(x!))],
}

/** dx = g (Φ(x) + x φ(x)), φ(x) = e^(-x²/2) / √(2π), from inputs x and g = dy. */
export const geluGrad: Composite<NoParameters> = {
  name: 'geluGrad',
  outputs([x, g]) {
    return [{ shape: x!.shape, dtype: floatType('geluGrad', [x!, g!]) }]
  },
  formula([x, g]) {
    const density = mul(exp(mul(mul(x!, x!), -0.5)), 1 / Math.sqrt(2 * Math.PI))
    return [mul(g!, add(normalCdf(x!), mul(x!, density)))]
  },
}
