import { ShapeError } from '../errors.ts'
import { matmul } from '../operations/contraction.ts'
import { abs, add, cast, clamp, div, equal, mul, round, where } from '../operations/elementwise.ts'
import { reshape, slice } from '../operations/movement.ts'
import { maxOver } from '../operations/reduction.ts'
import type { NoParameters } from '../primitives.ts'
import { checkDType } from '../rules.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'

/** Most inputs whose products surely sum up within an i32: 2¹⁷ · 127 · 128 < 2³¹. */
const mostInputs = 2 ** 17

/** Inputs whose products sum up exactly in f32, in any order: 1024 · 127 · 128 < 2²⁴. */
const exactInputs = 1024

/**
 * y = (Σ q c) · (s · scale) + b, with each row of x as whole numbers of steps of its own: s = max|x| / 127 and
 * q = round(x / s), halves to even, -127 … 127. A row of zeros has q = 0. The sum is a whole number, formed exactly and
 * rounded to f32 once.
 *
 * Inputs x f32 `[..., in]`, codes c i8 `[out, in]`, scales f32 `[out]` and, if there is one, b f32 `[out]`; output f32
 * `[..., out]`. in is 1 to 131072.
 *
 * @see Jacob et al. 2018, eq. 4
 */
export const quantizedLinear: Composite<NoParameters> = {
  name: 'quantizedLinear',
  outputs([x, codes, scales, bias]) {
    checkDType('quantizedLinear', x!, ['f32'])
    checkDType('quantizedLinear', codes!, ['i8'], 'codes')
    checkDType('quantizedLinear', scales!, ['f32'], 'scales')
    if (bias) checkDType('quantizedLinear', bias, ['f32'], 'bias')
    const [out, inner] = codes!.shape
    const fits = codes!.shape.length === 2 && x!.shape.length > 0 && x!.shape.at(-1) === inner
    const perOutput = (each: { readonly shape: readonly number[] }): boolean => formatShape(each.shape) === `[${out}]`
    if (!fits || !perOutput(scales!) || (bias && !perOutput(bias))) {
      throw new ShapeError(
        `quantizedLinear: x ${formatShape(x!.shape)}, codes ${formatShape(codes!.shape)}, scales ` +
          `${formatShape(scales!.shape)}, bias ${bias ? formatShape(bias.shape) : 'none'}; ` +
          'expected [..., in], [out, in], [out], [out]',
      )
    }
    if (!(inner! >= 1 && inner! <= mostInputs)) {
      throw new ShapeError(
        `quantizedLinear: ${inner} inputs, expected 1 to ${mostInputs}: a sum of more may not fit 32 bits; split them and add`,
      )
    }
    return [{ shape: [...x!.shape.slice(0, -1), out!], dtype: 'f32' }]
  },
  formula([x, codes, scales, bias]) {
    const [out, inner] = codes!.shape as [number, number]
    const leading = x!.shape.slice(0, -1)
    const rows = reshape(x!, [sizeOf(leading), inner])
    const steps = div(maxOver(abs(rows), { axis: -1, keepDims: true }), 127) // [rows, 1]
    const q = where(equal(steps, 0), 0, clamp(round(div(rows, steps)), -127, 127)) // [rows, in]
    const product = mul(cast(wholeProduct(q, cast(codes!, 'f32')), 'f32'), mul(steps, scales!)) // [rows, out]
    return [reshape(bias ? add(product, bias) : product, [...leading, out])]
  },
}

/** a bᵀ of small whole numbers as i32, by pieces whose sums f32 holds. `[rows, out]` */
function wholeProduct(a: Tensor, b: Tensor): Tensor {
  const [[rows, inner], [out]] = [a.shape, b.shape] as [[number, number], [number]]
  const piece = (start: number): Tensor => {
    const end = Math.min(start + exactInputs, inner)
    const product = matmul(slice(a, [0, start], [rows, end]), slice(b, [0, start], [out, end]), { transposeB: true })
    return cast(product, 'i32')
  }
  let total = piece(0)
  for (let start = exactInputs; start < inner; start += exactInputs) total = add(total, piece(start))
  return total
}
