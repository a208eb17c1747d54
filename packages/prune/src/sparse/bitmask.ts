import { type Shape, sizeOf } from '@tlc/tensor'
import { matrixOf } from './block-rows.ts'

/** A matrix as one bit for each entry, 1 where it is not 0, and the entries that are not, row by row. */
export interface Bitmask {
  readonly format: 'bitmask'
  readonly shape: Shape
  /** `[rows, ⌈columns / 8⌉]`: bit j mod 8 of byte ⌊j / 8⌋ of a row is that of column j; unused bits are 0 */
  readonly bits: Uint8Array
  readonly values: Float32Array
}

/**
 * Marks and takes what is not 0 (-0 is 0).
 *
 * @throws RangeError if values are not as many as the shape says
 * @see the layout `sparse-bitmask` of compressed-tensors, whose row offsets are `rowOffsets` here
 */
export function encodeBitmask(dense: Float32Array, shape: Shape): Bitmask {
  const [rows, columns] = matrixOf(shape)
  if (dense.length !== rows * columns) {
    throw new RangeError(`encodeBitmask: [${shape}] has ${rows * columns} entries, got ${dense.length}`)
  }
  const rowBytes = Math.ceil(columns / 8)
  const bits = new Uint8Array(rows * rowBytes)
  dense.forEach((value, place) => {
    const column = place % columns
    if (value !== 0) bits[((place - column) / columns) * rowBytes + (column >> 3)]! |= 1 << (column & 7)
  })
  return { format: 'bitmask', shape, bits, values: dense.filter((value) => value !== 0) }
}

/** The matrix again, row by row. */
export function decodeBitmask({ shape, bits, values }: Bitmask): Float32Array {
  const [rows, columns] = matrixOf(shape)
  const rowBytes = Math.ceil(columns / 8)
  const dense = new Float32Array(sizeOf(shape))
  let next = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const kept = (bits[row * rowBytes + (column >> 3)]! >> (column & 7)) & 1
      if (kept) dense[row * columns + column] = values[next++]!
    }
  }
  return dense
}

/** For each row where its values begin: what the bits before it count. `[rows]` */
export function rowOffsets({ shape, bits }: Bitmask): Uint32Array {
  const [rows, columns] = matrixOf(shape)
  const rowBytes = Math.ceil(columns / 8)
  const offsets = new Uint32Array(rows)
  let count = 0
  for (let row = 0; row < rows; row++) {
    offsets[row] = count
    for (let byte = row * rowBytes; byte < (row + 1) * rowBytes; byte++) {
      for (let rest = bits[byte]!; rest > 0; rest &= rest - 1) count++
    }
  }
  return offsets
}
