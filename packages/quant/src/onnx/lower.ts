import { formatShape, type Shape, type TypedArray } from '@tlc/tensor'
import type { AffineCodes } from '../schemes/affine/affine.ts'
import { compositeRows } from './composite-rows.ts'
import { dequantized } from './dequantize.ts'
import { type GraphBuilder, typeNames } from './graph.ts'
import { elementTypes } from './model-proto.ts'
import { primitiveRows } from './primitive-rows.ts'
import type { Program, ProgramCall, ProgramTensor } from './program.ts'
import type { Operand, QuantizedOperand, Row, WeightForm } from './row.ts'
import { fitSize, isFixed, type Sizes } from './size.ts'

const rows: { readonly [op: string]: Row<never> | string | undefined } = { ...primitiveRows, ...compositeRows }

/** A weight as it is to be written. */
export type Weight = AffineCodes | { readonly shape: Shape; readonly values: Float32Array }

/** What a graph is written with. */
export interface LowerOptions {
  /** the weight of a name */
  readonly weightOf: (name: string) => Promise<Weight>
  readonly form: WeightForm
  /** what the names of sizes stood for in each trace */
  readonly sizes: readonly Sizes[]
}

/**
 * Writes the operations of a program that its outputs need as nodes of a graph.
 *
 * @throws TypeError naming an operation that has no form in ONNX
 */
export async function lower(program: Program, graph: GraphBuilder, options: LowerOptions): Promise<void> {
  const lowering = new Lowering(program, graph, options)
  for (const index of neededCalls(program)) await lowering.add(program.calls[index]!)
  for (const [name, place] of Object.entries(program.outputs)) {
    graph.label = ''
    graph.output(name, (await lowering.operand(place)).name())
  }
}

/** The places of the calls on which outputs depend, but not those whose results are known now. */
function neededCalls({ tensors, calls, outputs }: Program): number[] {
  const needed = new Set(Object.values(outputs))
  const found: number[] = []
  for (let index = calls.length - 1; index >= 0; index--) {
    const call = calls[index]!
    if (!call.outputs.some((place) => needed.has(place) && !tensors[place]!.value)) continue
    found.push(index)
    for (const place of call.inputs) needed.add(place)
  }
  return found.reverse()
}

class Lowering {
  readonly #program: Program
  readonly #graph: GraphBuilder
  readonly #options: LowerOptions
  /** results of calls by their place */
  readonly #results = new Map<number, string>()

  constructor(program: Program, graph: GraphBuilder, options: LowerOptions) {
    this.#program = program
    this.#graph = graph
    this.#options = options
  }

  async add(call: ProgramCall): Promise<void> {
    const { op, parameters, size } = call
    const row = rows[op]
    if (typeof row !== 'function') throw new TypeError(`exportOnnx: ${op} cannot be written in ONNX: ${row}`)
    this.#graph.label = this.#labelOf(call)
    const inputs: Operand[] = []
    for (const place of call.inputs) inputs.push(await this.operand(place))
    const outputs = call.outputs.map((place) => this.#program.tensors[place]!)
    const name = row(this.#graph, { inputs, outputs, parameters: parameters as never, size: size as never })
    this.#results.set(call.outputs[0]!, name)
  }

  /** The module whose weight is used: the path of the weight without its last name. */
  #labelOf({ inputs }: ProgramCall): string {
    for (const place of inputs) {
      const { origin } = this.#program.tensors[place]!
      if (origin.kind === 'parameter') return origin.name.split('.').slice(0, -1).join('.')
    }
    return ''
  }

  async operand(place: number): Promise<Operand> {
    const tensor = this.#program.tensors[place]!
    const { shape, dtype, origin } = tensor
    const quantized = origin.kind === 'parameter' ? await this.#quantized(origin.name) : undefined
    const name = quantized ? () => dequantized(this.#graph, quantized) : await this.#namer(tensor, place)
    return { shape, dtype, name, quantized }
  }

  async #quantized(name: string): Promise<QuantizedOperand | undefined> {
    const weight = await this.#options.weightOf(name)
    return 'codes' in weight ? { name, codes: weight, form: this.#options.form } : undefined
  }

  async #namer(tensor: ProgramTensor, place: number): Promise<() => string> {
    const graph = this.#graph
    const { origin } = tensor
    if (origin.kind === 'input') return () => fromInput(graph, origin.name, tensor)
    if (origin.kind === 'parameter') {
      const weight = (await this.#options.weightOf(origin.name)) as Exclude<Weight, AffineCodes>
      return () =>
        graph.once(`weight ${origin.name}`, () => graph.initializer(origin.name, weight.shape, 'float', weight.values))
    }
    if (tensor.value) {
      const data = await tensor.value()
      return () => graph.once(`tensor ${place}`, () => constantOf(graph, tensor, data))
    }
    if (origin.kind === 'constant') return () => spelled(graph, tensor, this.#options.sizes)
    return () => this.#result(origin, place)
  }

  #result(origin: { readonly call: number; readonly place: number }, place: number): string {
    const name = this.#results.get(place)
    if (name !== undefined) return name
    const { op } = this.#program.calls[origin.call]!
    throw new TypeError(`exportOnnx: result ${origin.place} of ${op} is used, which its form in ONNX does not have`)
  }
}

/** Ids come as int64, and are counted in int32. */
function fromInput(graph: GraphBuilder, name: string, { dtype }: ProgramTensor): string {
  if (dtype !== 'i32') return name
  return graph.once(`input ${name}`, () => graph.node('Cast', [name], { attributes: { to: elementTypes.int32 } }))
}

function constantOf(graph: GraphBuilder, { shape, dtype }: ProgramTensor, data: TypedArray): string {
  const type = typeNames[dtype]
  if (!type) throw new TypeError(`exportOnnx: a tensor of ${dtype} is used, which the graph cannot hold; cast it first`)
  return graph.constant(
    data,
    type,
    shape.map(({ offset }) => offset),
  )
}

/** Numbers that depend on sizes: 0, 1, 2 … along an axis, or one number that is a size or its reciprocal. */
function spelled(graph: GraphBuilder, { shape, dtype, values }: ProgramTensor, sizes: readonly Sizes[]): string {
  const [length] = shape
  if (dtype === 'f32' || dtype === 'i32') {
    if (shape.length === 1 && !isFixed(length!) && values!.every((data) => data.every((x, index) => x === index))) {
      const [from, by] = [graph.scalar(0, dtype), graph.scalar(1, dtype)]
      return graph.node('Range', [from, graph.numberOf(length!, dtype), by])
    }
    const numbers = values!.map((data) => data[0]!)
    const size = shape.length === 0 ? fitSize(numbers, sizes) : undefined
    if (size) return graph.numberOf(size, dtype)
    const parts = numbers.map((x) => Math.round(1 / x))
    const whole = parts.every((part, trace) => Math.fround(1 / part) === numbers[trace])
    const divisor = shape.length === 0 && whole ? fitSize(parts, sizes) : undefined
    if (divisor) return graph.node('Div', [graph.scalar(1, dtype), graph.numberOf(divisor, dtype)])
  }
  throw new TypeError(
    `exportOnnx: a tensor made of numbers depends on sizes: ${formatShape(values!.map((data) => data.length))} of them, ` +
      `beginning with ${values!.map((data) => data[0])}; make it of range(size) by operations, or give sizes as numbers`,
  )
}
