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
  checkIndices(encoded, inner / width, fail)
}

function checkIndices({ columns, offsets }: BlockRows, across: number, fail: (message: string) => never): void {
  if (offsets[0] !== 0) fail(`offsets[0] is ${offsets[0]}, expected 0`)
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [first, end] = [offsets[row]!, offsets[row + 1]!]
    if (end < first || end > columns.length) {
      fail(`offsets[${row + 1}] is ${end}, expected ${first} to ${columns.length}`)
    }
    for (let k = first; k < end; k++) {
      const least = k === first ? 0 : columns[k - 1]! + 1
      if (!(columns[k]! >= least && columns[k]! < across)) {
        fail(`columns[${k}], in row ${row} of blocks, is ${columns[k]}, expected ${least} to ${across - 1}`)
      }
    }
  }
  if (offsets.at(-1) !== columns.length) {
    fail(`offsets[${offsets.length - 1}] is ${offsets.at(-1)}, expected the number of blocks, ${columns.length}`)
  }
}
