import type { Backend, Composite, DType, Tensor } from '@tlc/tensor'

/**
 * A call as its derivative sees it. Every tensor has its shape and type; only those that the rule said it reads still
 * have values.
 */
export interface Remembered<Parameters> {
  readonly op: string
  readonly parameters: Parameters
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  /** For each input, whether anything depends on its cotangent. */
  readonly wanted: readonly boolean[]
}

/** f16 for f16 where that computes; f32 for all others, whatever a tensor is stored as. */
export function cotangentType({ dtype }: Pick<Tensor, 'dtype'>, { computesHalf }: Backend): DType {
  return dtype === 'f16' && computesHalf ? 'f16' : 'f32'
}

/** Places of the inputs and outputs whose values a derivative reads. */
export interface Reads {
  readonly inputs: readonly number[] | 'all'
  readonly outputs: readonly number[] | 'all'
}

/**
 * How the cotangents of an operation's inputs follow from those of its outputs. A cotangent (∂loss/∂tensor) has the type
 * that `cotangentType` says. One that still has the shape to which its input was broadcast is fine: the tape sums it over
 * the repetitions.
 */
export interface Rule<Parameters> {
  /** What the derivative for one input reads; undefined if it has none. */
  reads(input: number): Reads | undefined
  /**
   * Cotangents of the inputs, at least where `call.wanted`.
   *
   * @param cotangents of each output, undefined where none arrived; one at least did
   */
  pull(cotangents: readonly (Tensor | undefined)[], call: Remembered<Parameters>): readonly (Tensor | undefined)[]
}

/** The derivative of an operation of one output, g its cotangent, for one input. */
export interface Derivative<Parameters> extends Reads {
  readonly pull: (g: Tensor, call: Remembered<Parameters>, input: number) => Tensor
}

/** The rule made of one derivative for each input; the last serves all further inputs. */
export function perInput<Parameters>(
  ...derivatives: readonly (Derivative<Parameters> | undefined)[]
): Rule<Parameters> {
  const of = (input: number): Derivative<Parameters> | undefined => derivatives[Math.min(input, derivatives.length - 1)]
  return {
    reads: of,
    pull: ([g], call) => call.wanted.map((wanted, input) => (wanted ? of(input)!.pull(g!, call, input) : undefined)),
  }
}

/** The derivative of a linear operation: it reads shapes and parameters only, so nothing is remembered. */
export function linear<P>(pull: Derivative<P>['pull']): Derivative<P> {
  return { inputs: [], outputs: [], pull }
}

/** A derivative that reads one input. */
export function fromInput<P>(
  place: number,
  pull: (g: Tensor, x: Tensor, call: Remembered<P>) => Tensor,
): Derivative<P> {
  return { inputs: [place], outputs: [], pull: (g, call) => pull(g, call.inputs[place]!, call) }
}

/** A derivative that reads the output. */
export function fromOutput<P>(pull: (g: Tensor, y: Tensor, call: Remembered<P>) => Tensor): Derivative<P> {
  return { inputs: [], outputs: [0], pull: (g, call) => pull(g, call.outputs[0]!, call) }
}

/** A derivative that reads two inputs or more, all of them. */
export function fromInputs<P>(count: number, pull: (g: Tensor, ...inputs: Tensor[]) => Tensor): Derivative<P> {
  return {
    inputs: Array.from({ length: count }, (_, place) => place),
    outputs: [],
    pull: (g, call) => pull(g, ...call.inputs),
  }
}

/** An operation that does not change when its inputs change a little: no gradient passes. */
export const constant = 'constant'

const rules = new WeakMap<Composite<never>, Rule<never>>()

/** Gives a composite a derivative of its own, in place of that of its formula. */
export function setRule<P>(composite: Composite<P>, rule: Rule<P>): void {
  rules.set(composite, rule)
}

/** What `setRule` gave a composite, if anything. */
export function givenRule(composite: Composite<unknown>): Rule<unknown> | undefined {
  return rules.get(composite) as Rule<unknown> | undefined
}
