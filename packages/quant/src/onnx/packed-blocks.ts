import { packCodes } from '../pack.ts'
import { spansOf } from '../schemes/affine/granularity.ts'
import type { GraphBuilder } from './graph.ts'
import type { QuantizedOperand } from './row.ts'

/** Half a byte for each code, or a whole one. */
export function blockBits({ codes: { bits } }: QuantizedOperand): 4 | 8 {
  return bits <= 4 ? 4 : 8
}

/** Whether a weight has the form of MatMulNBits: groups of 2^n >= 16 and, in whole bytes, a zero point that is whole. */
export function hasPackedBlocks({ codes, form }: QuantizedOperand): boolean {
  const { granularity, bits, offsets, shape } = codes
  if (form !== 'nbits' || typeof granularity === 'string' || shape.length !== 2) return false
  const { group } = granularity
  return group >= 16 && Number.isInteger(Math.log2(group)) && (bits <= 4 || offsets.length === 0)
}

/** The codes of such a weight: uint8 `[rows, groups in a row, bytes of a group]`. */
export function packedBlocks(graph: GraphBuilder, weight: QuantizedOperand): string {
  const { shape, granularity, codes } = weight.codes
  const { perRow, row, length } = spansOf(granularity, shape)
  const bits = blockBits(weight)
  const name = `${weight.name}.blocks`
  return graph.once(name, () => {
    const packed = packCodes(filledRows(codes, row, perRow * length), bits)
    return graph.initializer(name, [shape[0]!, perRow, (length * bits) / 8], 'uint8', packed)
  })
}

/** Rows made longer: `width` codes instead of `row`, the last ones 0. */
export function filledRows(codes: Uint8Array, row: number, width: number): Uint8Array {
  if (row === width) return codes
  const count = codes.length / row
  const filled = new Uint8Array(count * width)
  for (let index = 0; index < count; index++) filled.set(codes.subarray(index * row, (index + 1) * row), index * width)
  return filled
}
