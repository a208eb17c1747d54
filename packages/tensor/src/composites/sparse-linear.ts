import { ShapeError } from '../errors.ts'
import { add, cast, clamp, equal, max, mul, sub } from '../operations/elementwise.ts'
import { scatterAdd } from '../operations/indexing.ts'
import { pad, permute, reshape, slice } from '../operations/movement.ts'
import type { NoParameters } from '../primitives.ts'
import { checkDType } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'
import { linear } from './linear.ts'

/**
 * y = x Wᵀ + b, W stored as the blocks of r x c that are not zero: block k, where offsets[i] <= k < offsets[i + 1], holds
 * rows r i to r i + r - 1 of W and columns c columns[k] to c columns[k] + c - 1. Blocks of 1 x 1 are compressed sparse
 * rows (CSR).
 *
 * Inputs x `[..., in]`, values `[blocks, r, c]`, columns i32 `[blocks]`, offsets i32 `[out / r + 1]`, ascending from 0 to
 * blocks, and, if there is one, b `[out]`; output `[..., out]`.
 *
 * Columns outside 0..in/c-1 and offsets outside 0..blocks clamp; blocks before the first offset and from the last one on
 * are in no row. Offsets that descend give any numbers. Nothing but the inputs is ever read.
 */
export const sparseLinear: Composite<NoParameters> = {
  name: 'sparseLinear',
  outputs([x, values, columns, offsets, bias]) {
    checkDType('sparseLinear', x!, ['f32'])
    checkDType('sparseLinear', values!, ['f32'], 'values')
    if (bias) checkDType('sparseLinear', bias, ['f32'], 'bias')
    checkDType('sparseLinear', columns!, ['i32'], 'columns')
    checkDType('sparseLinear', offsets!, ['i32'], 'offsets')
    const [blocks, height, width] = values!.shape
    const out = (offsets!.size - 1) * height!
    const fits =
      values!.shape.length === 3 &&
      formatShape(columns!.shape) === `[${blocks}]` &&
      offsets!.shape.length === 1 &&
      offsets!.size > 0 &&
      x!.shape.length > 0 &&
      x!.shape.at(-1)! % width! === 0 &&
      (!bias || formatShape(bias.shape) === `[${out}]`)
    if (!fits) {
      const shapes = [x!, values!, columns!, offsets!].map(({ shape }) => formatShape(shape))
      throw new ShapeError(
        `sparseLinear: x ${shapes[0]}, values ${shapes[1]}, columns ${shapes[2]}, offsets ${shapes[3]}, bias ` +
          `${bias ? formatShape(bias.shape) : 'none'}; expected [..., in], [blocks, r, c] where c divides in, [blocks], ` +
          '[out / r + 1], [out]',
      )
    }
    return [{ shape: [...x!.shape.slice(0, -1), out], dtype: 'f32' }]
  },
  formula([x, values, columns, offsets, bias]) {
    const [blocks, height, width] = values!.shape as [number, number, number]
    const down = offsets!.size - 1
    const across = x!.shape.at(-1)! / width
    const places = add(mul(blockRows(offsets!, blocks), across), clamp(columns!, 0, across - 1))
    const grid = scatterAdd(values!, places, { size: down * across }) // [down · across, r, c]
    const byRows = permute(reshape(grid, [down, across, height, width]), [0, 2, 1, 3]) // [down, r, across, c]
    const weight = reshape(byRows, [down * height, across * width]) // [out, in]
    return linear.formula(bias ? [x!, weight, bias] : [x!, weight], {})
  },
}

/** For each block the row of blocks that it belongs to, the last that has begun; -1 before the first. i32 `[blocks]` */
function blockRows(offsets: Tensor, blocks: number): Tensor {
  let rows = scatterAdd(cast(equal(offsets, offsets), 'i32'), max(offsets, 0), { size: blocks })
  // A running sum: each element has those of the `step` before it, then of twice as many.
  for (let step = 1; step < blocks; step *= 2) rows = add(rows, slice(pad(rows, { before: [step] }), [0], [blocks]))
  return sub(rows, 1)
}
