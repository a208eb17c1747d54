import { DTypeError, ShapeError } from '../errors.ts'
import { gather } from '../operations/indexing.ts'
import { concat } from '../operations/movement.ts'
import type { NoParameters } from '../primitives.ts'
import { checkDType } from '../rules.ts'
import { formatShape, sameShape } from '../shape.ts'
import type { Composite } from './composite.ts'

/**
 * Row i is row ids[i] of x, with row i of `more` behind it along the last axis but one: what a cache is for the next token,
 * when rows have changed places. Inputs x `[rows, ..., time, size]`, more `[n, ..., added, size]` and ids i32
 * `[n]`, of which those outside clamp; output `[n, ..., time + added, size]`.
 */
export const appendRows: Composite<NoParameters> = {
  name: 'appendRows',
  outputs([x, more, ids]) {
    checkDType('appendRows', ids!, ['i32'], 'ids')
    if (more!.dtype !== x!.dtype) {
      throw new DTypeError(`appendRows: ${more!.dtype} behind ${x!.dtype}; write .cast('${x!.dtype}')`)
    }
    const rank = x!.shape.length
    const [time, added] = [x!.shape.at(-2) ?? 0, more!.shape.at(-2) ?? 0]
    const shape = [ids!.size, ...x!.shape.slice(1, -2), time + added, x!.shape.at(-1) ?? 0]
    const fits = rank >= 3 && ids!.shape.length === 1 && sameShape(more!.shape, shape.with(-2, added))
    if (!fits || (x!.shape[0] === 0 && ids!.size > 0)) {
      throw new ShapeError(
        `appendRows: x ${formatShape(x!.shape)}, more ${formatShape(more!.shape)}, ids ${formatShape(ids!.shape)}; ` +
          'expected [rows, ..., time, size] with rows > 0, [n, ..., added, size], [n]',
      )
    }
    return [{ shape, dtype: x!.dtype }]
  },
  formula: ([x, more, ids]) => [concat([gather(x!, ids!), more!], { axis: -2 })],
}
