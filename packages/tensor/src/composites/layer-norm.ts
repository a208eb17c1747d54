import { ShapeError } from '../errors.ts'
import { add, div, mul, sqrt, sub } from '../operations/elementwise.ts'
import { reshape } from '../operations/movement.ts'
import { mean, sum, variance } from '../operations/reduction.ts'
import type { NoParameters } from '../primitives.ts'
import { floatType } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Composite } from './composite.ts'

export interface LayerNormParameters {
  /** ε, added to the variance; > 0 */
  readonly epsilon: number
}

const last = { axis: -1, keepDims: true } as const

/**
 * y = (x - mean) / √(variance + ε) · γ + β over the last axis.
 *
 * Inputs x `[..., size]`, γ `[size]`, β `[size]`; outputs y `[..., size]`, and f32 the mean `[..., 1]` and
 * 1/√(variance + ε) `[..., 1]`, which the derivative needs.
 *
 * @see Ba, Kiros & Hinton 2016, eq. 3
 */
export const layerNorm: Composite<LayerNormParameters> = {
  name: 'layerNorm',
  outputs([x, gamma, beta]) {
    const dtype = floatType('layerNorm', [x!, gamma!, beta!], 'input', 'weight', 'bias')
    const size = x!.shape.at(-1)
    if (size === undefined || formatShape(gamma!.shape) !== `[${size}]` || formatShape(beta!.shape) !== `[${size}]`) {
      throw new ShapeError(
        `layerNorm: x ${formatShape(x!.shape)}, weight ${formatShape(gamma!.shape)}, bias ${formatShape(beta!.shape)}; ` +
          'expected [..., size], [size], [size]',
      )
    }
    const rows = [...x!.shape.slice(0, -1), 1]
    return [
      { shape: x!.shape, dtype },
      { shape: rows, dtype: 'f32' },
      { shape: rows, dtype: 'f32' },
    ]
  },
  formula([x, gamma, beta], { epsilon }) {
    const average = mean(x!, last)
    const scale = div(1, sqrt(add(variance(x!, last), epsilon)))
    const normalized = mul(sub(x!, average), scale)
    return [add(mul(normalized, gamma!), beta!), average, scale]
  },
}

/**
 * With n = (x - mean) · scale and h = g · γ:  dx = scale · (h - mean(h) - n · mean(h · n)),  dγ = Σ g · n,  dβ = Σ g.
 *
 * Inputs x, γ, mean, scale (outputs 1 and 2 of layerNorm) and g = dy; outputs dx, dγ, dβ.
 */
export const layerNormGrad: Composite<NoParameters> = {
  name: 'layerNormGrad',
  outputs([x, gamma, , , g]) {
    const dtype = floatType('layerNormGrad', [x!, gamma!, g!])
    return [x!, gamma!, gamma!].map(({ shape }) => ({ shape, dtype }))
  },
  formula([x, gamma, average, scale, g]) {
    const normalized = mul(sub(x!, average!), scale!)
    const h = mul(g!, gamma!)
    const dx = mul(scale!, sub(sub(h, mean(h, last)), mul(normalized, mean(mul(h, normalized), last))))
    const overRows = (t: typeof h) => sum(reshape(t, [-1, gamma!.size]), { axis: 0 })
    return [dx, overRows(mul(g!, normalized)), overRows(g!)]
  },
}
