import { zeroPointOf } from '../affine.ts'
import { spanAt, spansOf } from '../granularity.ts'
import { packCodes } from '../pack.ts'
import { codesOf, hasOffsets, stepsOf, zeroPointsOf } from './dequantize.ts'
import type { GraphBuilder } from './graph.ts'
import { elementTypes } from './model-proto.ts'
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
  if (hasOffsets(weight) || typeof granularity !== 'string' || x.shape.length < 2) return undefined
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
 * onnxruntime's own product with packed weights, B `[out, blocks, bytes]`. Only for groups of 2^n >= 16.
 *
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
function packedProduct(graph: GraphBuilder, x: Operand, weight: QuantizedOperand): string | undefined {
  const { name, codes } = weight
  const { granularity, shape } = codes
  if (typeof granularity === 'string') return undefined
  const block = granularity.group
  if (block < 16 || !Number.isInteger(Math.log2(block))) return undefined
  const { perRow, row, count } = spansOf(granularity, shape)
  const bits = codes.bits <= 4 ? 4 : 8
  // A zero point that is not whole is for 4 bits alone.
  if (bits === 8 && hasOffsets(weight)) return undefined
  const [out] = shape as [number]
  const bytes = (block * bits) / 8
  const packed = graph.once(`${name}.packed`, () =>
    graph.initializer(`${name}.packed`, [out, perRow, bytes], 'uint8', packCodes(wholeBlocks(weight), bits)),
  )
  const steps = Float32Array.from(codes.steps, (step) => step || 1)
  const scales = graph.once(`${name}.scales`, () => graph.initializer(`${name}.scales`, [count], 'float', steps))
  const zeroPoints = graph.once(`${name}.blockZeroPoints`, () => blockZeroPoints(graph, weight, bits, perRow))
  return graph.node('MatMulNBits', [x.name(), packed, scales, zeroPoints], {
    attributes: { K: row, N: out, bits, block_size: block },
    domain: 'com.microsoft',
  })
}

/** Codes, the last group of each row filled up. */
function wholeBlocks({ codes: { codes, granularity, shape } }: QuantizedOperand): Uint8Array {
  const spans = spansOf(granularity, shape)
  if (spans.row % spans.length === 0) return codes
  const filled = new Uint8Array(spans.count * spans.length)
  for (let range = 0; range < spans.count; range++) {
    filled.set(codes.subarray(...spanAt(spans, range)), range * spans.length)
  }
  return filled
}

/** Whole ones packed like codes, each row from a new byte on; an offset becomes the zero point -q₀ / Δ, which is not whole. */
function blockZeroPoints(graph: GraphBuilder, weight: QuantizedOperand, bits: 4 | 8, perRow: number): string {
  const { name, codes } = weight
  const { steps, offsets } = codes
  if (hasOffsets(weight)) {
    // Of equal weights all codes are 0 and the step, being 0, was written as 1.
    const values = Float32Array.from(offsets, (offset, range) => -offset / (steps[range] || 1))
    return graph.initializer(`${name}.blockZeroPoints`, [values.length], 'float', values)
  }
  const width = Math.ceil((perRow * bits) / 8) * (8 / bits)
  const padded = new Uint8Array((steps.length / perRow) * width)
  for (let range = 0; range < steps.length; range++) {
    padded[Math.floor(range / perRow) * width + (range % perRow)] = zeroPointOf(codes, range)
  }
  const packed = packCodes(padded, bits)
  return graph.initializer(`${name}.blockZeroPoints`, [packed.length], 'uint8', packed)
}
