import { type Shape, sizeOf } from '@tlc/tensor'
import { matrixOf } from './block-rows.ts'

/** A matrix of which at most two of every four entries along a row are not 0: two values, and where they lie. */
export interface TwoOfFour {
  readonly format: '2:4'
  readonly shape: Shape
  /** `[size / 2]`: two of each group, the one that comes first in it first */
  readonly values: Float32Array
  /** `[⌈size / 8⌉]`: four bits for each group, the first group lowest: the places (0 to 3) of its two values, two bits each, the first lowest */
  readonly places: Uint8Array
}

/**
 * Takes two of every four entries along the rows. Where fewer are not 0 (-0 is 0), zeros make up the number.
 *
 * @throws RangeError if 4 does not divide the columns, or more than two of a group are not 0
 * @see Mishra et al. 2021, Accelerating sparse deep neural networks, section 3
 */
export function encodeTwoOfFour(dense: Float32Array, shape: Shape): TwoOfFour {
  const [rows, columns] = matrixOf(shape)
  if (dense.length !== rows * columns || columns % 4 !== 0) {
    throw new RangeError(
      `encodeTwoOfFour: expected ${rows} x ${columns} values, where 4 divides the columns, got ${dense.length}`,
    )
  }
  const values = new Float32Array(dense.length / 2)
  const places = new Uint8Array(Math.ceil(dense.length / 8))
  for (let group = 0; group < dense.length / 4; group++) {
    const [first, second] = placesOf(dense.subarray(4 * group, 4 * group + 4), group)
    values[2 * group] = dense[4 * group + first]!
    values[2 * group + 1] = dense[4 * group + second]!
    places[group >> 1]! |= (first | (second << 2)) << (4 * (group & 1))
  }
  return { format: '2:4', shape, values, places }
}

/** The matrix again, row by row. */
export function decodeTwoOfFour({ shape, values, places }: TwoOfFour): Float32Array {
  const dense = new Float32Array(sizeOf(shape))
  values.forEach((value, index) => {
    const group = index >> 1
    const place = (places[group >> 1]! >> (4 * (group & 1) + 2 * (index & 1))) & 3
    dense[4 * group + place] = value
  })
  return dense
}

/** Two places of four, in ascending order: of what is not 0, then the first free ones. */
function placesOf(four: Float32Array, group: number): readonly [number, number] {
  const taken = [0, 1, 2, 3].filter((place) => four[place] !== 0)
  if (taken.length > 2) {
    throw new RangeError(
      `encodeTwoOfFour: group ${group} is [${four.join(', ')}]; prune it to two entries that are not 0 before`,
    )
  }
  const free = [0, 1, 2, 3].filter((place) => !taken.includes(place))
  const [first, second] = [...taken, ...free].slice(0, 2).sort((a, b) => a - b)
  return [first!, second!]
}
