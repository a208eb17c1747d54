import type { PackedLayout } from '../quantized/packed-rows.ts'

/** What the code of a product depends on, besides its tile. */
export interface Layout {
  /** of operands and output; sums are f32 */
  readonly element: 'f32' | 'f16'
  /** a is stored `[inner, rows]` rather than `[rows, inner]` */
  readonly transposeA: boolean
  /** b is stored `[columns, inner]` rather than `[inner, columns]` */
  readonly transposeB: boolean
  /** whether rows as stored are made of fours, so that four neighbours can be read at once */
  readonly vectorsA: boolean
  readonly vectorsB: boolean
  readonly vectorsY: boolean
  /** whether the inner axis is made of whole steps of the tile, so that nothing has to be read as 0 */
  readonly whole: boolean
  /** whether the inner axis is cut into pieces of `parameters.piece`, whose sums are written to y one after the other */
  readonly pieces: boolean
  readonly biased: boolean
  /** how b is packed, if it is: b is transposed then, and read one place after the other */
  readonly packed?: PackedLayout | undefined
  /** of the batch */
  readonly axes: number
}

/** What is written: sums of pieces are not rounded. */
export function outputElement({ element, pieces }: Layout): 'f32' | 'f16' {
  return pieces ? 'f32' : element
}
