import { type Shape, sameShape } from '@tlc/tensor'
import { packCodes } from '../pack.ts'
import { zeroPointOf } from '../schemes/affine/affine.ts'
import { type Spans, spansOf } from '../schemes/affine/granularity.ts'
import { grids } from '../schemes/affine/grid.ts'
import type { GraphBuilder } from './graph.ts'
import { elementTypes } from './model-proto.ts'
import { filledRows, hasPackedBlocks, packedBlocks } from './packed-blocks.ts'
import type { QuantizedOperand } from './row.ts'

/** How the codes of a weight are typed in a graph: products of whole numbers take bytes alone. */
function codeType({ codes: { bits }, form }: QuantizedOperand): 'uint4' | 'uint8' {
  return bits <= 4 && form !== 'dynamic' ? 'uint4' : 'uint8'
}

/** The codes of a weight, in its own shape or, if ranges lie within rows, as `[rows, row]`. */
export function codesOf(graph: GraphBuilder, weight: QuantizedOperand): string {
  const { name, codes } = weight
  const type = codeType(weight)
  const numbers = type === 'uint4' ? packCodes(codes.codes, 4) : codes.codes
  return graph.once(`${name}.codes`, () => graph.initializer(`${name}.codes`, layoutOf(weight), type, numbers))
}

function layoutOf({ codes: { shape, granularity } }: QuantizedOperand): Shape {
  if (granularity === 'tensor') return shape
  const { count, perRow, row } = spansOf(granularity, shape)
  return [count / perRow, row]
}

/** Of values that each range has: none for a tensor, `[rows]` or `[rows, ranges in a row]`. */
function rangesShape({ codes: { shape, granularity } }: QuantizedOperand): Shape {
  if (granularity === 'tensor') return []
  const { count, perRow } = spansOf(granularity, shape)
  return granularity === 'row' ? [count] : [count / perRow, perRow]
}

/** Δ of each range. */
export function stepsOf(graph: GraphBuilder, weight: QuantizedOperand): string {
  const name = `${weight.name}.steps`
  return graph.once(name, () => graph.initializer(name, rangesShape(weight), 'float', weight.codes.steps))
}

/** q₀ of each range, if the grid stores it. */
function offsetsOf(graph: GraphBuilder, weight: QuantizedOperand): string | undefined {
  if (weight.codes.offsets.length === 0) return undefined
  const name = `${weight.name}.offsets`
  return graph.once(name, () => graph.initializer(name, rangesShape(weight), 'float', weight.codes.offsets))
}

/** z of each range, typed as the codes are. */
export function zeroPointsOf(graph: GraphBuilder, weight: QuantizedOperand): string {
  const name = `${weight.name}.zeroPoints`
  return graph.once(name, () => {
    const type = codeType(weight)
    const values = Uint8Array.from(weight.codes.steps, (_, range) => zeroPointOf(weight.codes, range))
    return graph.initializer(name, rangesShape(weight), type, type === 'uint4' ? packCodes(values, 4) : values)
  })
}

/** The weight itself: Δ (codes - z) + q₀. Decoded once, however often it is used. */
export function dequantized(graph: GraphBuilder, weight: QuantizedOperand): string {
  return graph.once(`${weight.name} decoded`, () => {
    const { shape, granularity } = weight.codes
    const spans = spansOf(granularity, shape)
    const attributes: { [name: string]: number } =
      granularity === 'tensor' ? {} : granularity === 'row' ? { axis: 0 } : { axis: 1, block_size: spans.length }
    const inputs = [codesOf(graph, weight), stepsOf(graph, weight), zeroPointsOf(graph, weight)]
    const scaled = graph.node('DequantizeLinear', inputs, { attributes })
    const offsets = offsetsOf(graph, weight)
    const whole = offsets ? graph.node('Add', [scaled, alongRow(graph, offsets, weight)]) : scaled
    return sameShape(shape, layoutOf(weight)) ? whole : graph.node('Reshape', [whole, graph.integers(...shape)])
  })
}

/**
 * Rows of the weight at ids, of which only these are decoded.
 *
 * @param rank of the ids
 */
export function dequantizedRows(graph: GraphBuilder, weight: QuantizedOperand, ids: string, rank: number): string {
  const isTensor = weight.codes.granularity === 'tensor'
  const taken = (values: string): string => graph.node('Gather', [values, ids])
  const ofRange = (values: string): string => alongRow(graph, isTensor ? values : taken(values), weight)
  const toFloat = (values: string): string => graph.node('Cast', [values], { attributes: { to: elementTypes.float } })
  const zeroPoints = zeroPointsOfRows(graph, weight, ofRange)
  const codes =
    codeType(weight) === 'uint8'
      ? taken(codesOf(graph, weight))
      : unpacked(graph, weight, taken(packedRows(graph, weight)), rank)
  const centered = graph.node('Sub', [toFloat(codes), zeroPoints])
  const scaled = graph.node('Mul', [centered, ofRange(stepsOf(graph, weight))])
  const offsets = offsetsOf(graph, weight)
  return offsets ? graph.node('Add', [scaled, ofRange(offsets)]) : scaled
}

/** z of each range as f32, for there is no Gather of half bytes. */
function zeroPointsOfRows(graph: GraphBuilder, weight: QuantizedOperand, ofRange: (values: string) => string): string {
  const { grid, bits, steps } = weight.codes
  if (grids[grid].stores !== 'zeroPoint') return graph.scalar(grids[grid].impliedZeroPoint(bits), 'f32')
  const name = `${weight.name}.rowZeroPoints`
  const values = Float32Array.from(steps, (_, range) => zeroPointOf(weight.codes, range))
  return ofRange(graph.once(name, () => graph.initializer(name, rangesShape(weight), 'float', values)))
}

/** Codes of half a byte each, two a byte and each row from a new one on; where a product has them already, those. */
function packedRows(graph: GraphBuilder, weight: QuantizedOperand): string {
  if (hasPackedBlocks(weight)) return packedBlocks(graph, weight)
  const { shape, codes } = weight.codes
  const [rows, row] = shape as [number, number]
  const width = Math.ceil(row / 2)
  const name = `${weight.name}.rows`
  return graph.once(name, () => {
    const filled = filledRows(codes, row, 2 * width)
    return graph.initializer(name, [rows, width], 'uint8', packCodes(filled, 4))
  })
}

/** The codes of packed rows: the low half of each byte, then the high one. `[..., row]` */
function unpacked(graph: GraphBuilder, weight: QuantizedOperand, packed: string, rank: number): string {
  const { shape, granularity } = weight.codes
  const row = shape[1]!
  const { perRow, length } = spansOf(granularity, shape)
  const width = hasPackedBlocks(weight) ? perRow * length : 2 * Math.ceil(row / 2)
  const constant = (value: number): string => graph.constant(Uint8Array.of(value), 'uint8', [])
  const low = graph.node('BitwiseAnd', [packed, constant(15)])
  const high = graph.node('BitShift', [packed, constant(4)], { attributes: { direction: 'RIGHT' } })
  const pairs = [low, high].map((half) => graph.node('Unsqueeze', [half, graph.integers(-1)]))
  const joined = graph.node('Concat', pairs, { attributes: { axis: -1 } }) // [..., width / 2, 2]
  const codes = graph.node('Reshape', [joined, graph.integers(...new Array<number>(rank).fill(0), width)])
  if (width === row) return codes
  return graph.node('Slice', [codes, graph.integers(0), graph.integers(row), graph.integers(-1)])
}

/** Values of ranges, so that they fit beside the weights of rows: `[..., 1]`, or repeated for each weight of a group. */
function alongRow(graph: GraphBuilder, values: string, { codes: { shape, granularity } }: QuantizedOperand): string {
  if (granularity === 'tensor') return values
  const spans = spansOf(granularity, shape)
  if (granularity === 'row') return graph.node('Unsqueeze', [values, graph.integers(-1)])
  return graph.node('Gather', [values, rangeOfEach(graph, spans)], { attributes: { axis: -1 } })
}

/** Which range of its row each weight belongs to. */
function rangeOfEach(graph: GraphBuilder, { row, length }: Spans): string {
  return graph.once(`range of each of ${row} by ${length}`, () =>
    graph.integers(...Array.from({ length: row }, (_, index) => Math.floor(index / length))),
  )
}
