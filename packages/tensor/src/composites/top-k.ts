import { range } from '../create.ts'
import { ShapeError } from '../errors.ts'
import { equal, where } from '../operations/elementwise.ts'
import { concat } from '../operations/movement.ts'
import { maxOver, minOver } from '../operations/reduction.ts'
import { floatType } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'

export interface TopKParameters {
  /** how many of each row, from 1 to its length */
  readonly count: number
}

const last = { axis: -1, keepDims: true } as const

/**
 * The largest of each row with their places, the largest first, of equal ones the first. NaN and -∞ are passed over: where
 * fewer are left, the value is -∞ and the id -1. Input x `[..., length]`; outputs values `[..., count]` and ids (i32) of
 * the same shape.
 */
export const topK: Composite<TopKParameters> = {
  name: 'topK',
  outputs([x], { count }) {
    const dtype = floatType('topK', [x!])
    const length = x!.shape.at(-1) ?? 0
    if (!(Number.isInteger(count) && count >= 1 && count <= length)) {
      throw new ShapeError(
        `topK: ${count} of ${formatShape(x!.shape)}; give a whole number from 1 to the size of the last axis`,
      )
    }
    const shape = [...x!.shape.slice(0, -1), count]
    return [
      { shape, dtype },
      { shape, dtype: 'i32' },
    ]
  },
  formula([x], { count }) {
    const length = x!.shape.at(-1)!
    const places = range(length, { dtype: 'i32', backend: x!.backend })
    const values: Tensor[] = []
    const ids: Tensor[] = []
    let left = where(equal(x!, x!), x!, -Infinity) // NaN alone is not equal to itself
    while (values.length < count) {
      const largest = maxOver(left, last) // [..., 1]
      const place = minOver(where(equal(left, largest), places, length), last) // [..., 1]
      values.push(largest)
      ids.push(where(equal(largest, -Infinity), -1, place))
      left = where(equal(places, place), -Infinity, left)
    }
    return [concat(values, { axis: -1 }), concat(ids, { axis: -1 })]
  },
}
