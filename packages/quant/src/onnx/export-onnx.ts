import { type Module, namedParameters } from '@tlc/nn'
import { type Composite, composites, currentBackend, scope, type Tensor, withBackend, zeros } from '@tlc/tensor'
import type { Artefact } from '../artefact/artefact.ts'
import { useArtefact } from '../artefact/use-artefact.ts'
import { decode } from '../decode.ts'
import { compositeRows } from './composite-rows.ts'
import { GraphBuilder, typeNames } from './graph.ts'
import { lower, type Weight } from './lower.ts'
import { type OnnxValue, onnxModel } from './model-proto.ts'
import { commonProgram, type Program } from './program.ts'
import type { WeightForm } from './row.ts'
import { formatSize, isFixed, type Sizes, tracedSizes } from './size.ts'
import { type Named, type Trace, trace } from './trace.ts'

/** What a graph is given: numbers of a type, along axes of a fixed size or of one with a name, which the caller chooses. */
export interface OnnxInput {
  /** i32 is int64 in the file, as tools around ONNX hand over ids */
  readonly dtype: 'f32' | 'i32' | 'bool'
  readonly shape: readonly (number | string)[]
}

/** What to export, and how. */
export interface OnnxExportOptions<Names extends string> {
  readonly inputs: { readonly [Name in Names]: OnnxInput }
  /** What the graph computes, of the inputs by their names: the outputs by theirs. It must not read numbers back. */
  readonly run: (inputs: { readonly [Name in Names]: Tensor }) => Named
  /** The weights to write in place of the model's, by name; quantized ones as `form` says. */
  readonly artefact?: Artefact
  /** of products with quantized weights; `qdq` by default */
  readonly form?: WeightForm
  /** Three sizes >= 2 to try for a name, where the model cannot take the usual 2 to 7. */
  readonly sizes?: { readonly [name: string]: readonly number[] }
  /** Free text by name, for the file. */
  readonly metadata?: ReadonlyMap<string, string>
}

/**
 * A function of a model's weights and some inputs as the bytes of an `.onnx` file (opset 21).
 *
 * The function is run three times with different sizes, and its operations become nodes: those with an operator of their
 * own (linear, attention, layerNorm …) as such, others by their formulas. What depends on no input is computed now.
 * Weights keep their names, tied ones come once. The file is for evaluation: run the model without a key. A function that
 * does something special for a size of 1 is written as for the others.
 * ```ts
 * const file = await exportOnnx(model, {
 *   inputs: { input_ids: { dtype: 'i32', shape: ['batch', 'length'] } },
 *   run: ({ input_ids }) => ({ logits: model.forward(input_ids) }),
 * })
 * ```
 *
 * @throws TypeError naming an operation that has no form in ONNX, or that depends on sizes in a way that has none
 * @throws TensorMismatchError if the artefact is of another model
 * @throws RangeError if the file would have 2 GiB or more
 */
export async function exportOnnx<Names extends string>(
  model: Module,
  options: OnnxExportOptions<Names>,
): Promise<Uint8Array> {
  const { inputs, artefact, form = 'qdq' } = options
  // What is computed now has to be of the weights that are written.
  using _weights = artefact && useArtefact(model, artefact)
  const weights = weightsOf(model)
  const names = [...new Set(Object.values<OnnxInput>(inputs).flatMap(({ shape }) => shape.filter(isName)))]
  const sizes = tracedSizes(names, options.sizes ?? {})
  const traces: Trace[] = []
  try {
    for (const each of sizes) traces.push(traceWith(options, each, weights, traces.length === 0))
    const program = await commonProgram(traces, sizes)
    const graph = new GraphBuilder(placesOf(inputs))
    for (const name of [...Object.keys(inputs), ...Object.keys(program.outputs)]) graph.unused(name)
    await lower(program, graph, { weightOf: (name) => weightOf(name, weights, artefact), form, sizes })
    return onnxModel({
      nodes: graph.nodes,
      initializers: graph.initializers,
      inputs: Object.entries<OnnxInput>(inputs).map(([name, { dtype, shape }]) => ({
        name,
        shape,
        type: inputTypes[dtype],
      })),
      outputs: Object.entries(program.outputs).map(([name, place]) => outputOf(name, place, program)),
      ...(options.metadata && { metadata: options.metadata }),
    })
  } finally {
    for (const each of traces) each[Symbol.dispose]()
  }
}

/** What numbers of a graph's inputs are called there. */
const inputTypes = { f32: 'float', i32: 'int64', bool: 'bool' } as const

function isName(size: number | string): size is string {
  return typeof size === 'string'
}

/** Weights by name: the values that layers use, if they exist apart from the model's own, as those of `useArtefact`. */
function weightsOf(model: Module): Map<string, Tensor> {
  return new Map(
    [...namedParameters(model)].map(([name, parameter]) => {
      let used: Tensor
      {
        using _read = scope()
        used = parameter.value
      }
      return [name, used.disposed ? parameter.stored : used]
    }),
  )
}

async function weightOf(
  name: string,
  weights: ReadonlyMap<string, Tensor>,
  artefact: Artefact | undefined,
): Promise<Weight> {
  const found = artefact?.tensors.get(name)
  if (found) return found.scheme === 'affine' ? found : { shape: found.shape, values: decode(found) }
  const { shape } = weights.get(name)!
  return { shape, values: (await weights.get(name)!.data()) as Float32Array }
}

function traceWith<Names extends string>(
  { inputs, run }: OnnxExportOptions<Names>,
  sizes: Sizes,
  weights: ReadonlyMap<string, Tensor>,
  holdsResults: boolean,
): Trace {
  const backend = weights.values().next().value?.backend ?? currentBackend()
  const parameters = new Map([...weights].map(([name, { id }]) => [id, name]))
  return withBackend(backend, () => {
    using _inputs = scope()
    const given = Object.entries<OnnxInput>(inputs).map(([name, { dtype, shape }]) => {
      const actual = shape.map((size) => (isName(size) ? sizes[size]! : size))
      return [name, zeros(actual, { dtype })] as const
    })
    return trace(run as (inputs: Named) => Named, Object.fromEntries(given), { parameters, takes, holdsResults })
  })
}

/** Only composites of the library: one of the same name may mean something else. */
function takes(composite: Composite<unknown>): boolean {
  return (
    Object.hasOwn(compositeRows, composite.name) && composites[composite.name as keyof typeof composites] === composite
  )
}

/** Where each name of a size is found first. */
function placesOf(inputs: { readonly [name: string]: OnnxInput }): Map<string, { input: string; axis: number }> {
  const places = new Map<string, { input: string; axis: number }>()
  for (const [input, { shape }] of Object.entries(inputs)) {
    shape.forEach((size, axis) => {
      if (isName(size) && !places.has(size)) places.set(size, { input, axis })
    })
  }
  return places
}

function outputOf(name: string, place: number, { tensors }: Program): OnnxValue {
  const { shape, dtype } = tensors[place]!
  const type = typeNames[dtype]
  if (!type) throw new TypeError(`exportOnnx: output '${name}' is ${dtype}, which a graph cannot hold; cast it first`)
  return { name, shape: shape.map((size) => (isFixed(size) ? size.offset : formatSize(size))), type }
}
