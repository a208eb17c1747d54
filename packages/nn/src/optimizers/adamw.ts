import { apply, composites, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { type Member, Optimizer, type OptimizerOptions, type Slots } from './optimizer.ts'

export interface AdamOptions extends OptimizerOptions {
  /** of the mean of gradients, 0.9 by default */
  readonly beta1?: number
  /** of the mean of their squares, 0.999 by default */
  readonly beta2?: number
  /** ε, 1e-8 by default */
  readonly epsilon?: number
}

/**
 * m ← β₁m + (1 - β₁)g;  v ← β₂v + (1 - β₂)g²;  p ← p - ηλp - η · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε).
 * All parameters of one learning rate are updated in one call. λ is 0.01 by default.
 *
 * @see Loshchilov & Hutter 2019, algorithm 2
 */
export class AdamW extends Optimizer {
  readonly #beta1: number
  readonly #beta2: number
  readonly #epsilon: number

  /** @param slots what a rule that begins with this one remembers */
  constructor(
    parameters: ReadonlyMap<string, Parameter>,
    options: AdamOptions = {},
    slots: Slots = ['first', 'second'],
  ) {
    super(parameters, { weightDecay: 0.01, ...options }, slots)
    this.#beta1 = options.beta1 ?? 0.9
    this.#beta2 = options.beta2 ?? 0.999
    this.#epsilon = options.epsilon ?? 1e-8
  }

  protected override update(members: readonly Member[], learningRate: number, scale: Tensor, step: number): void {
    for (const factor of new Set(members.map(({ learningRateFactor }) => learningRateFactor))) {
      const group = members.filter(({ learningRateFactor }) => learningRateFactor === factor)
      const weights = group.map(({ weight }) => weight)
      const gradients = group.map(({ gradient }) => gradient)
      const first = group.map(({ slots }) => slots[0]!)
      const second = group.map(({ slots }) => slots[1]!)
      apply(
        composites.adamwStep,
        [scale, ...weights, ...gradients, ...first, ...second],
        {
          learningRate: learningRate * factor,
          beta1: this.#beta1,
          beta2: this.#beta2,
          epsilon: this.#epsilon,
          weightDecay: group.map(({ weightDecay }) => weightDecay),
          step,
        },
        [...weights, ...first, ...second],
      )
    }
  }
}
