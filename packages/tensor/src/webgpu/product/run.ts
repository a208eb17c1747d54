import type { Axis } from '../../axes.ts'
import { axisWords } from '../broadcast.ts'
import type { Machine, Operand } from '../machine.ts'
import type { PackedLayout } from '../quantized/packed-rows.ts'
import { flat } from '../wgsl/index.ts'
import type { Layout } from './layout.ts'
import { pieceOf, sumOfPieces } from './pieces.ts'
import { product } from './program.ts'
import { mostGroups, rowsFirst, type Tile } from './tile.ts'

/** Products of one size, whose matrices lie at `axes` steps of matrices from each other. */
export interface ProductSizes extends Pick<Layout, 'transposeA' | 'transposeB' | 'element'> {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly matrices: number
  readonly axes: readonly Axis[]
  /** how b is packed, if it is */
  readonly packed?: PackedLayout
}

/** What products read and write. */
export interface ProductOperands {
  readonly a: Operand
  /** several if it is packed */
  readonly b: readonly Operand[]
  readonly bias?: Operand | undefined
  readonly y: Operand
}

/** Whether rows as stored are made of fours. */
export function vectorsOf(sizes: ProductSizes): Pick<Layout, 'vectorsA' | 'vectorsB'> {
  const { transposeA, transposeB, rows, columns, inner } = sizes
  return {
    vectorsA: (transposeA ? rows : inner) % 4 === 0,
    vectorsB: (transposeB ? inner : columns) % 4 === 0,
  }
}

/** Records products that are not empty. */
export function runProducts(machine: Machine, operands: ProductOperands, sizes: ProductSizes, tile: Tile): void {
  const { rows, columns, inner, matrices, element } = sizes
  const outputs = rows * columns * matrices
  const piece = pieceOf(outputs, inner)
  if (piece === inner) {
    runTiles(machine, operands, sizes, tile, inner)
    return
  }
  const pieces = Math.ceil(inner / piece)
  machine.withScratch(4 * outputs * pieces, (sums) => {
    runTiles(machine, { a: operands.a, b: operands.b, y: sums }, sizes, tile, piece)
    const { bias, y } = operands
    const program = sumOfPieces(element, bias !== undefined)
    machine.run(program, [sums, ...(bias ? [bias] : []), y], [outputs, rows * columns, columns, pieces], flat(outputs))
  })
}

/** @param piece steps of the inner axis that are summed at once: each piece of a matrix is a matrix of the output */
function runTiles(
  machine: Machine,
  { a, b, bias, y }: ProductOperands,
  sizes: ProductSizes,
  tile: Tile,
  piece: number,
): void {
  const { rows, columns, inner, matrices, axes, transposeA, transposeB, element } = sizes
  const vectors = vectorsOf(sizes)
  const program = product(
    {
      element,
      transposeA,
      transposeB,
      ...vectors,
      vectorsY: columns % 4 === 0,
      whole: inner % tile.inner === 0,
      pieces: piece < inner,
      biased: bias !== undefined,
      axes: axes.length,
      packed: sizes.packed,
    },
    tile,
  )
  const [across, down] = [Math.ceil(columns / (tile.x * tile.columns)), Math.ceil(rows / (tile.y * tile.rows))]
  // Without an inner axis there is one piece, of zeros.
  const deep = matrices * (inner === 0 ? 1 : Math.ceil(inner / piece))
  for (let first = 0; first < deep; first += mostGroups) {
    const words = [...axisWords(axes), rows, columns, inner, first, piece]
    const plane = rowsFirst(tile) ? ([down, across] as const) : ([across, down] as const)
    const grid = [...plane, Math.min(deep - first, mostGroups)] as const
    machine.run(program, [a, ...b, ...(bias ? [bias] : []), y], words, grid)
  }
}
