import type { Shape } from '@tlc/tensor'
import { PbfWriter } from 'pbf'

/** Element types of ONNX that are written here. */
export type ElementType = 'float' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool' | 'float16' | 'uint32' | 'uint4'

/** Their numbers in the format. */
export const elementTypes: { readonly [Type in ElementType]: number } = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  uint32: 12,
  uint4: 21,
}

/** Whole numbers and strings are what they look like; `{ float }` is for a number that is not whole by nature. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

/** A node of a graph: an operator, the values it reads and writes, by name, and its attributes. */
export interface OnnxNode {
  readonly op: string
  /** '' where an optional one is left out */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: { readonly [name: string]: OnnxAttribute }
  readonly name?: string
  /** 'com.microsoft' for operators of onnxruntime's own */
  readonly domain?: string
}

/** What goes into a graph or comes out. An axis is a size, or the name of one that the caller chooses. */
export interface OnnxValue {
  readonly name: string
  readonly shape: readonly (number | string)[]
  readonly type: ElementType
}

/** Numbers that are part of a graph: little-endian, row-major; of uint4 two a byte, the first in the low half. */
export interface OnnxTensor {
  readonly name: string
  readonly shape: Shape
  readonly type: ElementType
  readonly bytes: Uint8Array
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers?: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** free text by name */
  readonly metadata?: ReadonlyMap<string, string>
}

/** The operators are those of this version; it brought uint4 and blocks to DequantizeLinear. */
const opset = 21
/** The first version of the format that knows this opset. */
const irVersion = 10
/** A message of Protocol Buffers has to be smaller. */
const greatestFile = 2 ** 31

/**
 * A model as the bytes of a file.
 *
 * @throws RangeError if it has 2 GiB or more, which needs a second file beside it
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto for the numbers of the fields
 */
export function onnxModel(graph: OnnxGraph): Uint8Array {
  const weights = (graph.initializers ?? []).reduce((total, { bytes }) => total + bytes.length, 0)
  if (weights >= greatestFile) {
    throw new RangeError(
      `onnx: ${weights} bytes of weights do not fit into one file of 2 GiB; quantize the model first`,
    )
  }
  // Room for everything from the start, nodes and the names of weights included: growing would copy all weights.
  const parts = graph.nodes.length + (graph.initializers?.length ?? 0)
  const pbf = new PbfWriter(new Uint8Array(weights + 2 ** 16 + parts * 2 ** 10))
  pbf.writeVarintField(1, irVersion)
  pbf.writeStringField(2, 'tlc')
  pbf.writeMessage(7, writeGraph, graph)
  for (const [domain, version] of [['', opset] as const, ['com.microsoft', 1] as const]) {
    pbf.writeMessage(8, writeOpset, { domain, version })
  }
  for (const entry of graph.metadata ?? []) pbf.writeMessage(14, writeEntry, entry)
  return pbf.finish()
}

function writeOpset({ domain, version }: { domain: string; version: number }, pbf: PbfWriter): void {
  pbf.writeStringField(1, domain)
  pbf.writeVarintField(2, version)
}

function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key)
  pbf.writeStringField(2, value)
}

function writeGraph({ nodes, initializers = [], inputs, outputs }: OnnxGraph, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node)
  pbf.writeStringField(2, 'graph')
  for (const each of initializers) pbf.writeMessage(5, writeTensor, each)
  for (const each of inputs) pbf.writeMessage(11, writeValue, each)
  for (const each of outputs) pbf.writeMessage(12, writeValue, each)
}

function writeNode({ op, inputs, outputs, attributes = {}, name, domain }: OnnxNode, pbf: PbfWriter): void {
  for (const each of inputs) pbf.writeStringField(1, each)
  for (const each of outputs) pbf.writeStringField(2, each)
  if (name) pbf.writeStringField(3, name)
  pbf.writeStringField(4, op)
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute)
  if (domain) pbf.writeStringField(7, domain)
}

/** The value of an attribute in the field of its kind, and (field 20) which kind that is. */
function writeAttribute([name, value]: readonly [string, OnnxAttribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value)
    pbf.writeVarintField(20, 2)
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value)
    pbf.writeVarintField(20, 3)
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float)
    pbf.writeVarintField(20, 1)
  } else {
    for (const each of value) pbf.writeVarintField(8, each)
    pbf.writeVarintField(20, 7)
  }
}

function writeTensor({ name, shape, type, bytes }: OnnxTensor, pbf: PbfWriter): void {
  for (const length of shape) pbf.writeVarintField(1, length)
  pbf.writeVarintField(2, elementTypes[type])
  pbf.writeStringField(8, name)
  pbf.writeBytesField(9, bytes)
}

function writeValue({ name, shape, type }: OnnxValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  pbf.writeMessage(2, (_, typed) => typed.writeMessage(1, writeTensorType, { shape, type }), undefined)
}

function writeTensorType({ shape, type }: Pick<OnnxValue, 'shape' | 'type'>, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementTypes[type])
  pbf.writeMessage(2, (_, sizes) => shape.forEach((each) => sizes.writeMessage(1, writeDimension, each)), undefined)
}

function writeDimension(size: number | string, pbf: PbfWriter): void {
  if (typeof size === 'number') pbf.writeVarintField(1, size)
  else pbf.writeStringField(2, size)
}
