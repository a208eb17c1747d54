import { packCodes } from '../pack.ts'
import { zeroPointOf } from '../schemes/affine/affine.ts'
import { spansOf } from '../schemes/affine/granularity.ts'
import { codesOf, stepsOf, zeroPointsOf } from './dequantize.ts'
import type { GraphBuilder } from './graph.ts'
import { elementTypes } from './model-proto.ts'
import { blockBits, filledRows, hasPackedBlocks, packedBlocks } from './packed-blocks.ts'
import { exchanged } from './primitive-rows.ts'
import type { Operand, QuantizedOperand, WeightForm } from './row.ts'

/** x Wᵀ of a quantized W; undefined where W has no such form. */
type Product = (graph: GraphBuilder, x: Operand, weight: QuantizedOperand) => string | undefined

/** Products with a quantized weight that do not decode it first. */
export const quantizedProducts: { readonly [F in WeightForm]: Product } = {
  qdq: () => undefined,
  dynamic: wholeProduct,
  nbits: packedProduct,
}

/**
 * x ≈ Δx (xq - zx) in 8 bits, for each x anew; then Δx Δw Σ (xq - zx)(wq - zw), the sum in whole numbers. Only for grids
 * without an offset, and ranges as long as a row or longer.
 */
function wholeProduct(graph: GraphBuilder, x: Operand, weight: QuantizedOperand): string | undefined {
  const { granularity } = weight.codes
  if (weight.codes.offsets.length > 0 || typeof granularity !== 'string' || x.shape.length < 2) return undefined
  const given = x.name()
  const quantized = (place: number): string =>
    graph.once(`quantized ${place} ${given}`, () => {
      const made = graph.nodeOfMany('DynamicQuantizeLinear', [given], { outputs: 3 })
      made.forEach((name, index) => graph.once(`quantized ${index} ${given}`, () => name))
      return made[place]!
    })
  const [whole, step, zeroPoint] = [quantized(0), quantized(1), quantized(2)] as const
  const codes = exchanged(graph, codesOf(graph, weight), 2) // [in, out]
  const sums = graph.node('MatMulInteger', [whole, codes, zeroPoint, zeroPointsOf(graph, weight)])
  const steps = graph.node('Mul', [step, stepsOf(graph, weight)])
  return graph.node('Mul', [graph.node('Cast', [sums], { attributes: { to: elementTypes.float } }), steps])
}

/**
 * onnxruntime's own product with packed weights, B `[out, groups in a row, bytes of a group]`.
 *
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
function packedProduct(graph: GraphBuilder, x: Operand, weight: QuantizedOperand): string | undefined {
  if (!hasPackedBlocks(weight)) return undefined
  const { name, codes } = weight
  const { row, length } = spansOf(codes.granularity, codes.shape)
  const scales = codes.offsets.length === 0 ? stepsOf(graph, weight) : scalesOf(graph, weight)
  const zeroPoints = graph.once(`${name}.blockZeroPoints`, () => blockZeroPoints(graph, weight))
  return graph.node('MatMulNBits', [x.name(), packedBlocks(graph, weight), scales, zeroPoints], {
    attributes: { K: row, N: codes.shape[0]!, bits: blockBits(weight), block_size: length },
    domain: 'com.microsoft',
  })
}

/** Δ, but 1 where it is 0: then all codes are 0, and the zero point -q₀ / 1 alone says the value. */
function scalesOf(graph: GraphBuilder, { name, codes: { steps, granularity, shape } }: QuantizedOperand): string {
  const { count, perRow } = spansOf(granularity, shape)
  return graph.once(`${name}.scales`, () =>
    graph.initializer(`${name}.scales`, [count / perRow, perRow], 'float', Float32Array.from(steps, scaleOf)),
  )
}

function scaleOf(step: number): number {
  return step || 1
}

/** Whole ones packed like codes, each row from a new byte on; an offset becomes the zero point -q₀ / Δ, which is not whole. */
function blockZeroPoints(graph: GraphBuilder, weight: QuantizedOperand): string {
  const { codes } = weight
  const { steps, offsets } = codes
  const name = `${weight.name}.blockZeroPoints`
  if (offsets.length > 0) {
    const values = Float32Array.from(offsets, (offset, range) => -offset / scaleOf(steps[range]!))
    return graph.initializer(name, [values.length], 'float', values)
  }
  const { perRow } = spansOf(codes.granularity, codes.shape)
  const bits = blockBits(weight)
  const inByte = 8 / bits
  const zeroPoints = Uint8Array.from(steps, (_, range) => zeroPointOf(codes, range))
  const packed = packCodes(filledRows(zeroPoints, perRow, Math.ceil(perRow / inByte) * inByte), bits)
  return graph.initializer(name, [packed.length], 'uint8', packed)
}
