import { apply, type Composite, composites, reshape, type Spec, Tensor, zeros } from '@tlc/tensor'
import { cotangentType, type Reads, type Remembered, setRule } from './rule.ts'

/** A tensor, or two or more. */
export type Output = Tensor | readonly [Tensor, Tensor, ...Tensor[]]

/** What an operation's derivative is given. */
export interface Pull<Inputs extends readonly Tensor[], Parameters, Result extends Output> {
  readonly inputs: Inputs
  readonly outputs: Result extends Tensor ? readonly [Tensor] : Result
  readonly parameters: Parameters
  /** ∂loss/∂output for each output, zeros for one that nothing depends on: f32, or f16 for f16 where that computes. */
  readonly cotangents: Result extends Tensor ? readonly [Tensor] : Result
  /** For each input, whether its cotangent is of use. */
  readonly wanted: readonly boolean[]
}

/** An operation of one's own: what it does, and its derivative. */
export interface OpDefinition<Inputs extends readonly Tensor[], Parameters, Result extends Output> {
  /** For messages and profiles; a backend's kernel of this name does the forward part. */
  readonly name: string
  /** Checks the inputs; shapes and types of the outputs. Needed where a backend has a kernel of this name. */
  readonly outputs?: (inputs: Inputs, parameters: Parameters) => readonly Spec[]
  /** The outputs, by other operations, whose own derivatives do not count. Everything else it makes is freed. */
  readonly forward: (inputs: Inputs, parameters: Parameters) => Result
  /**
   * The cotangent of each input, of its shape or one it broadcasts to; undefined where there is none. Written in
   * operations, it can be differentiated in its turn.
   */
  readonly vjp: (call: Pull<Inputs, Parameters, Result>) => readonly (Tensor | undefined)[]
  /** Which inputs and outputs `vjp` reads the values of, by place; all when left out. The others may be freed before. */
  readonly reads?: Partial<Reads>
}

/**
 * An operation with a derivative of its own:
 *
 * ```ts
 * // The straight-through estimator of Bengio et al. 2013: rounds, and lets the gradient through.
 * const roundThrough = defineOp({
 *   name: 'roundThrough',
 *   forward: ([x]: readonly [Tensor]) => x.round(),
 *   vjp: ({ cotangents: [g] }) => [g],
 *   reads: { inputs: [], outputs: [] },
 * })
 * roundThrough([x], {})
 * ```
 *
 * @throws Error if the name is that of a built-in composite and `outputs` is missing
 */
export function defineOp<Inputs extends readonly Tensor[], Parameters, Result extends Output>(
  definition: OpDefinition<Inputs, Parameters, Result>,
): (inputs: Inputs, parameters: Parameters) => Result {
  const { name, outputs, forward, vjp, reads = {} } = definition
  if (!outputs && name in composites) {
    throw new Error(`defineOp: '${name}' is the name of a built-in composite; give its outputs, or choose another name`)
  }
  const composite: Composite<Parameters> = {
    name,
    outputs: (inputs, parameters) => outputs?.(inputs as unknown as Inputs, parameters) ?? [],
    formula: (inputs, parameters) => fresh(asList(forward(inputs as unknown as Inputs, parameters)), inputs),
  }
  setRule(composite, {
    reads: () => ({ inputs: reads.inputs ?? 'all', outputs: reads.outputs ?? 'all' }),
    pull: (cotangents, call) => {
      const given = { ...call, cotangents: filled(cotangents, call) }
      const pulled = vjp(given as unknown as Pull<Inputs, Parameters, Result>)
      if (pulled.length === call.inputs.length) return pulled
      const missing = pulled.length < call.inputs.length ? `; there is none for input ${pulled.length}` : ''
      throw new Error(
        `${name}: its vjp returned ${pulled.length} cotangents for ${call.inputs.length} inputs${missing}; ` +
          'return one for each, undefined where no gradient passes',
      )
    },
  })
  return (inputs, parameters) => {
    const made = apply(composite, inputs, parameters)
    return (made.length === 1 ? made[0] : made) as Result
  }
}

function asList(made: Output): readonly Tensor[] {
  return made instanceof Tensor ? [made] : made
}

/** Outputs that are inputs handed through become tensors of their own, so that each has a cotangent of its own. */
function fresh(made: readonly Tensor[], inputs: readonly Tensor[]): Tensor[] {
  return made.map((output) => (inputs.includes(output) ? reshape(output, output.shape) : output))
}

function filled(cotangents: readonly (Tensor | undefined)[], { outputs }: Remembered<unknown>): Tensor[] {
  const { backend } = cotangents.find(isThere)!
  return outputs.map(
    (output, place) => cotangents[place] ?? zeros(output.shape, { backend, dtype: cotangentType(output, backend) }),
  )
}

function isThere(cotangent: Tensor | undefined): cotangent is Tensor {
  return cotangent !== undefined
}
