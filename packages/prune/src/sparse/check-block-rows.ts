import { type BlockRows, dividesInto, matrixOf } from './block-rows.ts'

/**
 * Whether all parts fit each other, so that kernels may go where they point.
 *
 * @param caller whose error it is
 * @throws RangeError if blocks do not divide the matrix; values, columns or offsets are not as many as its shape says;
 *   offsets do not ascend from 0 to the number of blocks; or columns are outside the matrix, or do not ascend along a row
 */
export function checkBlockRows(caller: string, encoded: BlockRows): void {
  const { shape, block, values, columns, offsets } = encoded
  const [rows, inner] = matrixOf(shape)
  const [height, width] = block
  const fail = (message: string): never => {
    throw new RangeError(`${caller}: ${message}; make the blocks by encodeBlockRows`)
  }
  if (!dividesInto(block, shape)) fail(`blocks of ${height} x ${width} do not divide ${rows} x ${inner}`)
  const lengths = [
    ['values', values.length, columns.length * height * width],
    ['offsets', offsets.length, rows / height + 1],
  ] as const
  for (const [name, length, expected] of lengths) {
    if (length !== expected) {
      fail(`${columns.length} blocks of ${height} x ${width} in [${shape}] have ${expected} ${name}, got ${length}`)
    }
  }
  checkOffsets(encoded, fail)
  checkColumns(encoded, inner / width, fail)
}

function checkOffsets({ columns, offsets }: BlockRows, fail: (message: string) => never): void {
  if (offsets[0] !== 0) fail(`offsets[0] is ${offsets[0]}, expected 0`)
  for (let i = 1; i < offsets.length; i++) {
    const [least, offset] = [offsets[i - 1]!, offsets[i]!]
    if (offset < least || offset > columns.length)
      fail(`offsets[${i}] is ${offset}, expected ${least} to ${columns.length}`)
  }
  const last = offsets.length - 1
  if (offsets[last] !== columns.length) {
    fail(`offsets[${last}] is ${offsets[last]}, expected the number of blocks, ${columns.length}`)
  }
}

function checkColumns({ columns, offsets }: BlockRows, across: number, fail: (message: string) => never): void {
  for (let row = 0; row + 1 < offsets.length; row++) {
    let least = 0
    for (let k = offsets[row]!; k < offsets[row + 1]!; k++) {
      const column = columns[k]!
      if (column < least || column >= across) {
        fail(`columns[${k}], in row ${row} of blocks, is ${column}, expected ${least} to ${across - 1}`)
      }
      least = column + 1
    }
  }
}
