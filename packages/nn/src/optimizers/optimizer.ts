import { mul, type Shape, ShapeError, scope, type Tensor, tensor, zeros } from '@tlc/tensor'
import { copyTensors } from '../copy-tensors.ts'
import type { Parameter } from '../parameter.ts'

/** Settings of their own for the parameters it matches. */
export interface ParameterGroup {
  readonly matches: (name: string, parameter: Parameter) => boolean
  /** λ; that of the optimizer by default */
  readonly weightDecay?: number
  /** what the learning rate is multiplied with; 1 by default */
  readonly learningRateFactor?: number
}

/**
 * No weight decay for parameters with fewer than two axes: biases and the weights of normalizations.
 *
 * @see Devlin et al. 2018, whose published optimizer excludes them by name
 */
export const vectorsWithoutDecay: ParameterGroup = {
  matches: (_, { stored }) => stored.shape.length < 2,
  weightDecay: 0,
}

export interface OptimizerOptions {
  /** λ of parameters in no group */
  readonly weightDecay?: number
  /** The first group that matches a parameter is its group. */
  readonly groups?: readonly ParameterGroup[]
  /** whether to climb: every gradient is negated first; false by default */
  readonly maximize?: boolean
}

/** What is remembered for a parameter: the shapes by name, or names of tensors of the parameter's own shape. */
export type Slots = readonly string[] | ((parameter: Parameter, name: string) => Readonly<Record<string, Shape>>)

export interface StepOptions {
  /** η of this step: a schedule's value */
  readonly learningRate: number
  /** a scalar that every gradient is multiplied with first: clipping, loss scaling; 1 by default. NaN skips the step. */
  readonly scale?: Tensor
}

/** What an optimizer remembers between steps. */
export interface OptimizerState {
  /** steps done */
  readonly step: number
  /** by slot and parameter: `first.encoder.weight`; the optimizer's own, not copies */
  readonly tensors: ReadonlyMap<string, Tensor>
}

/** One parameter in a step. */
export interface Member {
  readonly weight: Tensor
  readonly gradient: Tensor
  /** in the order of the slots' names */
  readonly slots: readonly Tensor[]
  readonly weightDecay: number
  readonly learningRateFactor: number
}

interface Entry extends Omit<Member, 'gradient'> {
  readonly name: string
  readonly slotNames: readonly string[]
}

/**
 * Changes parameters by their gradients. A new rule is a subclass: the names of what it remembers for each parameter,
 * and `update`; most rules look at one parameter at a time and are a subclass of `ParameterwiseOptimizer`.
 */
export abstract class Optimizer {
  /** Those that are trained, by name: the trainable ones when the optimizer was made. Gradients come in this order. */
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly #entries: readonly Entry[]
  readonly #maximize: boolean
  #step = 0

  /**
   * @param slots what is remembered for each parameter; it starts at 0
   * @throws RangeError if no parameter is trainable
   */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: OptimizerOptions, slots: Slots) {
    this.parameters = new Map([...parameters].filter(([, { trainable }]) => trainable))
    if (this.parameters.size === 0) throw new RangeError('Optimizer: there is no trainable parameter among those given')
    const { weightDecay = 0, groups = [], maximize = false } = options
    this.#maximize = maximize
    this.#entries = [...this.parameters].map(([name, parameter]) => {
      const group = groups.find(({ matches }) => matches(name, parameter))
      const { shape, backend } = parameter.stored
      const shapes =
        typeof slots === 'function' ? slots(parameter, name) : Object.fromEntries(slots.map((slot) => [slot, shape]))
      return {
        name,
        weight: parameter.stored,
        slotNames: Object.keys(shapes),
        slots: Object.values(shapes).map((of) => zeros(of, { backend })),
        weightDecay: group?.weightDecay ?? weightDecay,
        learningRateFactor: group?.learningRateFactor ?? 1,
      }
    })
  }

  /** What is trained, in the order of gradients. */
  get weights(): readonly Tensor[] {
    return this.#entries.map(({ weight }) => weight)
  }

  /**
   * Changes every parameter, in place; with a scale that is NaN, no parameter and nothing that is remembered of it, though
   * the step counts. The gradients stay the caller's.
   */
  step(gradients: readonly Tensor[], { learningRate, scale }: StepOptions): void {
    if (gradients.length !== this.#entries.length) {
      throw new ShapeError(
        `Optimizer.step: ${gradients.length} gradients for ${this.#entries.length} parameters; give one for each of optimizer.parameters, in order`,
      )
    }
    using _inner = scope()
    this.#step++
    const members = this.#entries.map((entry, index) => ({ ...entry, gradient: gradients[index]! }))
    this.update(members, learningRate, this.#signed(scale ?? tensor(1, { backend: gradients[0]!.backend })), this.#step)
  }

  /**
   * @param scale if it is NaN, nothing may change
   * @param step t, counted from 1
   */
  protected abstract update(members: readonly Member[], learningRate: number, scale: Tensor, step: number): void

  state(): OptimizerState {
    return { step: this.#step, tensors: this.#slotTensors() }
  }

  /**
   * Goes on from a state that an optimizer of the same kind and parameters gave.
   *
   * @throws TensorMismatchError if names or shapes differ, with nothing changed
   */
  load({ step, tensors }: OptimizerState): void {
    if (!Number.isInteger(step) || step < 0)
      throw new RangeError(`Optimizer.load: step must be a whole number >= 0, got ${step}`)
    copyTensors(this.#slotTensors(), tensors, 'the optimizer')
    this.#step = step
  }

  dispose(): void {
    for (const { slots } of this.#entries) for (const slot of slots) slot.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #signed(scale: Tensor): Tensor {
    return this.#maximize ? mul(scale, -1) : scale
  }

  #slotTensors(): Map<string, Tensor> {
    return new Map(
      this.#entries.flatMap(({ name, slots, slotNames }) =>
        slots.map((slot, index) => [`${slotNames[index]}.${name}`, slot] as const),
      ),
    )
  }
}
