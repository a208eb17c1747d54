import { reshape, type Tensor } from '@tlc/tensor'
import { type Granularity, spansOf } from '../schemes/affine/granularity.ts'

/**
 * A weight as one row for each range. `[ranges, length]`
 *
 * @throws RangeError if groups do not divide a row: on the device all ranges are of one length
 */
export function rangesOf(weight: Tensor, granularity: Granularity): Tensor {
  const { count, row, length } = spansOf(granularity, weight.shape)
  if (row % length !== 0) {
    throw new RangeError(`groups of ${length} do not divide rows of ${row} weights; while training they must`)
  }
  return reshape(weight, [count, length])
}
