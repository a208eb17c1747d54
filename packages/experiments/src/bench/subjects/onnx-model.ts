import type { Shape } from '@tlc/tensor'

/** A node of a graph: an operator, the values it reads and writes, by name, and its attributes. */
export interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** whole numbers and strings by default; `{ float }` for others */
  readonly attributes?: { readonly [name: string]: number | string | { readonly float: number } }
  /** 'com.microsoft' for operators of onnxruntime's own */
  readonly domain?: string
}

export interface OnnxValue {
  readonly name: string
  readonly shape: Shape
  readonly type: 'float' | 'int32'
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

const opset = 20
/** The first version of the format that knows this opset. */
const irVersion = 9
const elementTypes = { float: 1, int32: 6 } as const

/**
 * A model as the bytes of a file. Protocol Buffers: a message is a row of fields, each a number, a wire type and a value.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto for the numbers of the fields
 */
export function onnxModel({ nodes, inputs, outputs }: OnnxGraph): Uint8Array {
  const graph = [
    ...nodes.map((node) => field(1, nodeMessage(node))),
    field(2, text('graph')),
    ...inputs.map((value) => field(11, valueMessage(value))),
    ...outputs.map((value) => field(12, valueMessage(value))),
  ].flat()
  const opsets = [
    [...field(1, text('')), ...integer(2, opset)],
    [...field(1, text('com.microsoft')), ...integer(2, 1)],
  ]
  const model = [...integer(1, irVersion), ...field(7, graph), ...opsets.flatMap((each) => field(8, each))]
  return Uint8Array.from(model)
}

function nodeMessage({ op, inputs, outputs, attributes = {}, domain = '' }: OnnxNode): number[] {
  return [
    ...inputs.flatMap((name) => field(1, text(name))),
    ...outputs.flatMap((name) => field(2, text(name))),
    ...field(4, text(op)),
    ...Object.entries(attributes).flatMap(([name, value]) => field(5, [...field(1, text(name)), ...attribute(value)])),
    ...field(7, text(domain)),
  ]
}

/** The value of an attribute, and which of its fields holds it. */
function attribute(value: number | string | { readonly float: number }): number[] {
  if (typeof value === 'number') return [...integer(3, value), ...integer(20, 2)]
  if (typeof value === 'string') return [...field(4, text(value)), ...integer(20, 3)]
  const bytes = new Uint8Array(Float32Array.of(value.float).buffer)
  return [...varint((2 << 3) | 5), ...bytes, ...integer(20, 1)]
}

function valueMessage({ name, shape, type }: OnnxValue): number[] {
  const dimensions = shape.flatMap((length) => field(1, integer(1, length)))
  const tensor = [...integer(1, elementTypes[type]), ...field(2, dimensions)]
  return [...field(1, text(name)), ...field(2, field(1, tensor))]
}

/** A field with a length: a message or a text. */
function field(number: number, bytes: readonly number[]): number[] {
  return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes]
}

function integer(number: number, value: number): number[] {
  return [...varint(number << 3), ...varint(value)]
}

/** Seven bits a byte, the lowest first; negative numbers as if they had 64 bits. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)]
}
