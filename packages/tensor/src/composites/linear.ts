import { ShapeError } from '../errors.ts'
import { matmul } from '../operations/contraction.ts'
import { add } from '../operations/elementwise.ts'
import { reshape } from '../operations/movement.ts'
import type { NoParameters } from '../primitives.ts'
import { floatType } from '../rules.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { Composite } from './composite.ts'

/**
 * y = x Wᵀ + b. Inputs x `[..., in]`, W `[out, in]` and, if there is one, b `[out]`; output `[..., out]`.
 */
export const linear: Composite<NoParameters> = {
  name: 'linear',
  outputs([x, weight, bias]) {
    const dtype = floatType('linear', [x!, weight!, ...(bias ? [bias] : [])], 'input', 'weight', 'bias')
    const [out, inner] = weight!.shape
    const fits = weight!.shape.length === 2 && x!.shape.length > 0 && x!.shape.at(-1) === inner
    if (!fits || (bias && !(bias.shape.length === 1 && bias.shape[0] === out))) {
      throw new ShapeError(
        `linear: x ${formatShape(x!.shape)}, weight ${formatShape(weight!.shape)}, bias ` +
          `${bias ? formatShape(bias.shape) : 'none'}; expected [..., in], [out, in], [out]`,
      )
    }
    return [{ shape: [...x!.shape.slice(0, -1), out!], dtype }]
  },
  formula([x, weight, bias]) {
    const leading = x!.shape.slice(0, -1)
    const rows = reshape(x!, [sizeOf(leading), x!.shape.at(-1)!]) // [rows, in]
    const product = matmul(rows, weight!, { transposeB: true }) // [rows, out]
    return [reshape(bias ? add(product, bias) : product, [...leading, weight!.shape[0]!])]
  },
}
