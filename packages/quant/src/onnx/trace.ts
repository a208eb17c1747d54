import { type Call, type Composite, type DType, type Listener, listen, type Shape, scope, Tensor } from '@tlc/tensor'

/** What a tensor of a trace is. */
export type Origin =
  /** given by the caller of the graph */
  | { readonly kind: 'input'; readonly name: string }
  /** a weight with a name */
  | { readonly kind: 'parameter'; readonly name: string }
  /** any other tensor that was there, or was made of numbers */
  | { readonly kind: 'constant' }
  /** an output of a call */
  | { readonly kind: 'output'; readonly call: number; readonly place: number }

/** A tensor of a trace. */
export interface TracedTensor {
  readonly origin: Origin
  readonly id: number
  readonly shape: Shape
  readonly dtype: DType
  /** Whether no input has a part in it. */
  readonly constant: boolean
  /** A handle on it that outlives the run, if it may have to be read. */
  readonly held: Tensor | undefined
}

/** An operation of a trace; tensors by their place among the trace's. */
export interface TracedCall {
  readonly op: string
  readonly inputs: readonly number[]
  readonly parameters: unknown
  readonly outputs: readonly number[]
}

/** All that a function did: which operations, in order, on what. */
export interface Trace extends Disposable {
  readonly tensors: readonly TracedTensor[]
  readonly calls: readonly TracedCall[]
  readonly outputs: { readonly [name: string]: number }
}

/** Named tensors. */
export interface Named {
  readonly [name: string]: Tensor
}

/** How to trace. */
export interface TraceOptions {
  /** names of weights, by the ids of their tensors */
  readonly parameters: ReadonlyMap<number, string>
  /** composites to hear of as one operation; others come as the operations of their formula */
  readonly takes: (composite: Composite<unknown>) => boolean
  /** whether to hold results that no input has a part in, to read them later; constants are held in any case */
  readonly holdsResults: boolean
}

/**
 * Runs a function once and writes down its operations.
 *
 * @throws TypeError if it returns no tensors, or promises them: what it does must not depend on numbers it reads back
 */
export function trace<Inputs extends Named>(
  run: (inputs: Inputs) => Named,
  inputs: Inputs,
  options: TraceOptions,
): Trace {
  const tracer = new Tracer(options, inputs)
  try {
    using _run = scope()
    using _listening = listen(tracer)
    const outputs = Object.entries(run(inputs))
    if (outputs.length === 0 || !outputs.every(([, tensor]) => tensor instanceof Tensor)) {
      throw new TypeError(
        'exportOnnx: run must return tensors by name, not promise them; it must not read numbers back',
      )
    }
    tracer.outputs = Object.fromEntries(outputs.map(([name, tensor]) => [name, tracer.find(tensor)] as const))
  } catch (error) {
    tracer[Symbol.dispose]()
    throw error
  }
  return tracer
}

class Tracer implements Listener, Trace {
  readonly tensors: TracedTensor[] = []
  readonly calls: TracedCall[] = []
  outputs: { readonly [name: string]: number } = {}
  readonly takes: TraceOptions['takes']
  readonly #parameters: ReadonlyMap<number, string>
  readonly #holdsResults: boolean
  readonly #places = new Map<number, number>()

  constructor({ parameters, takes, holdsResults }: TraceOptions, inputs: Named) {
    this.#holdsResults = holdsResults
    this.takes = takes
    this.#parameters = parameters
    for (const [name, tensor] of Object.entries(inputs)) this.#add(tensor, { kind: 'input', name }, false)
  }

  heard({ op, inputs, parameters, outputs }: Call): void {
    const places = inputs.map((tensor) => this.find(tensor))
    const constant = places.every((place) => this.tensors[place]!.constant)
    const call = this.calls.length
    this.calls.push({
      op,
      inputs: places,
      parameters,
      outputs: outputs.map((tensor, place) => this.#add(tensor, { kind: 'output', call, place }, constant)),
    })
  }

  overwrites(op: string): never {
    throw new TypeError(`exportOnnx: ${op} overwrites tensors, which a graph cannot; export a forward pass alone`)
  }

  /** The place of a tensor; one that no call made is a weight or a constant. */
  find(tensor: Tensor): number {
    const known = this.#places.get(tensor.id)
    if (known !== undefined) return known
    const name = this.#parameters.get(tensor.id)
    return this.#add(tensor, name === undefined ? { kind: 'constant' } : { kind: 'parameter', name }, true)
  }

  #add(tensor: Tensor, origin: Origin, constant: boolean): number {
    const { id, shape, dtype } = tensor
    const isHeld = origin.kind === 'constant' || (constant && origin.kind === 'output' && this.#holdsResults)
    const held = isHeld ? tensor.handle() : undefined
    held?.moveTo(undefined)
    this.#places.set(id, this.tensors.length)
    this.tensors.push({ origin, id, shape, dtype, constant, held })
    return this.tensors.length - 1
  }

  [Symbol.dispose](): void {
    for (const { held } of this.tensors) held?.dispose()
  }
}
