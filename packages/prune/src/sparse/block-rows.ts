import { type Shape, sizeOf } from '@tlc/tensor'

/** Rows and columns of a block: [1, 1] for single numbers. */
export type Block = readonly [height: number, width: number]

/**
 * A matrix by its blocks that are not all zero, by rows of blocks, then by columns: compressed sparse rows (CSR) where
 * blocks are of one number, block compressed rows (BSR) otherwise.
 */
export interface BlockRows {
  readonly format: 'blockRows'
  readonly shape: Shape
  readonly block: Block
  /** `[blocks, height, width]` */
  readonly values: Float32Array
  /** of each block the column of blocks; two bytes each where the matrix has 65,536 such columns at most */
  readonly columns: Uint16Array | Uint32Array
  /** `[rows of blocks + 1]`: the first block of each row of blocks, then their count */
  readonly offsets: Uint32Array
}

/**
 * Rows and columns of a tensor seen as a matrix: those of the first axis, and of all others together. A vector is one row.
 */
export function matrixOf(shape: Shape): readonly [rows: number, columns: number] {
  if (shape.length < 2) return [1, sizeOf(shape)]
  return [shape[0]!, sizeOf(shape.slice(1))]
}

/**
 * Takes the blocks of a matrix in which anything is not 0 (-0 is 0).
 *
 * @throws RangeError if blocks do not divide the matrix, or values are not as many as the shape says
 * @see Saad 2003, Iterative methods for sparse linear systems, section 3.4
 */
export function encodeBlockRows(dense: Float32Array, shape: Shape, block: Block = [1, 1]): BlockRows {
  const [rows, columns] = matrixOf(shape)
  const [height, width] = block
  if (dense.length !== rows * columns) {
    throw new RangeError(`encodeBlockRows: [${shape}] has ${rows * columns} entries, got ${dense.length}`)
  }
  if (!dividesInto(block, shape)) {
    throw new RangeError(
      `encodeBlockRows: blocks of ${height} x ${width} do not divide ${rows} x ${columns}; give sizes that do, or [1, 1]`,
    )
  }
  const found: number[] = []
  const offsets = new Uint32Array(rows / height + 1)
  for (const [down, across] of occupiedBlocks(dense, shape, block)) {
    found.push(across)
    offsets[down + 1]!++
  }
  for (let down = 0; down + 1 < offsets.length; down++) offsets[down + 1]! += offsets[down]!
  const encoded: BlockRows = {
    format: 'blockRows',
    shape,
    block,
    values: new Float32Array(found.length * height * width),
    columns: columns / width > 2 ** 16 ? Uint32Array.from(found) : Uint16Array.from(found),
    offsets,
  }
  forEachEntry(encoded, (place, index) => {
    encoded.values[index] = dense[place]!
  })
  return encoded
}

/** The matrix again, row by row. */
export function decodeBlockRows(encoded: BlockRows): Float32Array {
  const dense = new Float32Array(sizeOf(encoded.shape))
  forEachEntry(encoded, (place, index) => {
    dense[place] = encoded.values[index]!
  })
  return dense
}

/** How many blocks of a size have anything in them that is not 0. */
export function countBlocks(dense: Float32Array, shape: Shape, block: Block): number {
  let count = 0
  for (const _ of occupiedBlocks(dense, shape, block)) count++
  return count
}

/** Whether a matrix falls into blocks of a size. */
export function dividesInto([height, width]: Block, shape: Shape): boolean {
  const [rows, columns] = matrixOf(shape)
  return height >= 1 && width >= 1 && rows % height === 0 && columns % width === 0
}

/** The blocks in which anything is not 0, by rows of blocks, then by columns: which row, and which column. */
function* occupiedBlocks(
  dense: Float32Array,
  shape: Shape,
  [height, width]: Block,
): Generator<readonly [down: number, across: number]> {
  const [rows, columns] = matrixOf(shape)
  const across = columns / width
  const occupied = new Uint8Array(across)
  for (let down = 0; down < rows / height; down++) {
    occupied.fill(0)
    const first = down * height * columns
    for (let place = 0; place < height * columns; place++) {
      if (dense[first + place] !== 0) occupied[Math.floor((place % columns) / width)] = 1
    }
    for (let column = 0; column < across; column++) if (occupied[column]) yield [down, column]
  }
}

/** Visits every stored number: its place in the matrix, and among the values. */
function forEachEntry(
  { shape, block: [height, width], columns: blockColumns, offsets }: BlockRows,
  visit: (place: number, index: number) => void,
): void {
  const [, columns] = matrixOf(shape)
  let index = 0
  for (let down = 0; down + 1 < offsets.length; down++) {
    for (let k = offsets[down]!; k < offsets[down + 1]!; k++) {
      for (let i = 0; i < height; i++) {
        const first = (down * height + i) * columns + blockColumns[k]! * width
        for (let place = first; place < first + width; place++) visit(place, index++)
      }
    }
  }
}
