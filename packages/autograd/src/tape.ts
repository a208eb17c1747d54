import {
  add,
  type Call,
  type Composite,
  cast,
  expandedAxes,
  formatShape,
  type Listener,
  reshape,
  type Shape,
  sameShape,
  scope,
  sum,
  type Tensor,
} from '@tlc/tensor'
import { ruleOf } from './fused.ts'
import { constant, cotangentType, type Reads, type Remembered, type Rule } from './rule.ts'
import { derivatives } from './vjp.ts'

/** A call that was heard, with handles in the places of the tensors that its rule reads. */
interface Node extends Remembered<unknown> {
  readonly rule: Rule<unknown>
  readonly handles: readonly Tensor[]
}

/** What tapes hold belongs to no scope: they dispose each handle themselves, when its node is unwound. */
const tape = { adopt: (): void => undefined, forget: (): void => undefined }

const floating: ReadonlySet<string> = new Set(['f32', 'f16', 'bf16'])

/**
 * Remembers, while it listens, the operations that depend on tracked tensors, then unwinds them into cotangents. It
 * holds on to the values that some derivative reads and to no others.
 *
 * @see Griewank & Walther 2008, Evaluating Derivatives, section 3.2, for reverse mode
 */
export class Tape implements Listener, Disposable {
  readonly #tracked: Set<number>
  readonly #nodes: Node[] = []

  /** @param inputs whose dependents are tracked */
  constructor(inputs: readonly Tensor[]) {
    this.#tracked = new Set(inputs.map(({ id }) => id))
  }

  takes(composite: Composite<unknown>): boolean {
    return ruleOf(composite) !== undefined
  }

  heard(call: Call): void {
    const wanted = call.inputs.map(({ id }) => this.#tracked.has(id))
    if (!wanted.includes(true)) return
    const rule = call.composite ? ruleOf(call.composite) : derivatives[call.op as keyof typeof derivatives]
    if (rule === constant) return
    const outputs = call.outputs.filter(({ dtype }) => floating.has(dtype))
    if (outputs.length === 0) return
    for (const { id } of outputs) this.#tracked.add(id)
    this.#nodes.push(remember(call, wanted, rule as Rule<unknown>))
  }

  overwrites(op: string, targets: readonly Tensor[]): void {
    const target = targets.findIndex(({ id }) => this.#tracked.has(id))
    if (target < 0) return
    throw new Error(
      `${op}: output ${target} would overwrite ${targets[target]}, of which a gradient is being taken; ` +
        'leave out `into`, or call it outside of the function that is differentiated',
    )
  }

  /**
   * Goes back from cotangents of outputs to those of inputs, freeing what it remembered on the way.
   *
   * @param seeds cotangents of the outputs, in order; undefined or left out where there is none
   * @returns a tensor for each input, undefined where no output depends on it; they belong to the current scope
   */
  unwind(
    outputs: readonly Tensor[],
    seeds: readonly (Tensor | undefined)[],
    inputs: readonly Tensor[],
  ): (Tensor | undefined)[] {
    using cotangents = new Cotangents()
    {
      using _intermediates = scope()
      seeds.forEach((seed, place) => seed && cotangents.add(outputs[place]!, seed))
    }
    for (let node = this.#nodes.pop(); node; node = this.#nodes.pop()) {
      using _intermediates = scope()
      try {
        pullThrough(node, cotangents)
      } finally {
        for (const handle of node.handles) handle.dispose()
      }
    }
    return inputs.map((input) => cotangents.of(input)?.handle())
  }

  [Symbol.dispose](): void {
    for (const { handles } of this.#nodes.splice(0)) for (const handle of handles) handle.dispose()
  }
}

function remember({ op, parameters, inputs, outputs }: Call, wanted: readonly boolean[], rule: Rule<unknown>): Node {
  const seenInputs = inputs.slice()
  const seenOutputs = outputs.slice()
  const handles: Tensor[] = []
  const hold = (seen: Tensor[], original: readonly Tensor[], places: readonly number[] | 'all'): void => {
    for (const place of places === 'all' ? original.keys() : places) {
      if (!original[place] || seen[place] !== original[place]) continue
      const handle = original[place].handle(tape)
      seen[place] = handle
      handles.push(handle)
    }
  }
  wanted.forEach((isWanted, input) => {
    if (!isWanted) return
    const reads: Reads | undefined = rule.reads(input)
    if (!reads) {
      for (const handle of handles) handle.dispose()
      throw new Error(
        `${op}: there is no derivative for input ${input}, ${inputs[input]}; pass it through stopGradient, or give the ` +
          'operation a rule with defineOp',
      )
    }
    hold(seenInputs, inputs, reads.inputs)
    hold(seenOutputs, outputs, reads.outputs)
  })
  return { op, parameters, inputs: seenInputs, outputs: seenOutputs, wanted, rule, handles }
}

function pullThrough(node: Node, cotangents: Cotangents): void {
  const given = node.outputs.map((output) => cotangents.take(output))
  if (given.every((cotangent) => cotangent === undefined)) return
  const pulled = node.rule.pull(given, node)
  node.inputs.forEach((input, place) => {
    const cotangent = pulled[place]
    if (node.wanted[place] && cotangent) cotangents.add(input, fitted(node.op, cotangent, input))
  })
}

/** A cotangent in the shape and type of that of the tensor. */
function fitted(op: string, cotangent: Tensor, tensor: Tensor): Tensor {
  return cast(unbroadcast(op, cotangent, tensor.shape), cotangentType(tensor, cotangent.backend))
}

/** The cotangent of a tensor from that of the tensor it was broadcast to: the sum over the repetitions. */
function unbroadcast(op: string, cotangent: Tensor, shape: Shape): Tensor {
  if (sameShape(cotangent.shape, shape)) return cotangent
  const axes = expandedAxes(shape, cotangent.shape)
  const summed = axes.length > 0 ? sum(cotangent, { axis: axes }) : cotangent
  if (summed.size !== shape.reduce((size, length) => size * length, 1)) {
    throw new Error(
      `${op}: its derivative gave a cotangent of shape ${formatShape(cotangent.shape)} for an input of shape ` +
        `${formatShape(shape)}; it must have that shape, or one which that broadcasts to`,
    )
  }
  return reshape(summed, shape)
}

/** Sums of cotangents by tensor. */
class Cotangents implements Disposable {
  readonly #sums = new Map<number, Tensor>()

  of({ id }: Tensor): Tensor | undefined {
    return this.#sums.get(id)
  }

  /** Moves one out, into the current scope. */
  take(tensor: Tensor): Tensor | undefined {
    const held = this.of(tensor)
    if (!held) return undefined
    this.#sums.delete(tensor.id)
    const taken = held.handle()
    held.dispose()
    return taken
  }

  add({ id }: Tensor, cotangent: Tensor): void {
    const before = this.#sums.get(id)
    this.#sums.set(id, (before ? add(before, cotangent) : cotangent).handle(tape))
    before?.dispose()
  }

  [Symbol.dispose](): void {
    for (const held of this.#sums.values()) held.dispose()
  }
}
