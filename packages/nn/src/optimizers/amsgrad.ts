import { add, div, max, mul, sqrt, square, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { AdamOptions } from './adamw.ts'
import { decayingMean, unbiased } from './moments.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

/**
 * Adam whose steps never grow: g ← g + λp;  m ← β₁m + (1 - β₁)g;  v ← β₂v + (1 - β₂)g²;  v̂ ← max(v̂, v);
 * p ← p - η · (m / (1 - β₁ᵗ)) / (√(v̂ / (1 - β₂ᵗ)) + ε).
 *
 * @see Reddi, Kale & Kumar 2018, algorithm 2, with the corrections of bias of Kingma & Ba 2015
 */
export class AMSGrad extends ParameterwiseOptimizer {
  readonly #beta1: number
  readonly #beta2: number
  readonly #epsilon: number

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters, options, ['first', 'second', 'largest'])
    this.#beta1 = options.beta1 ?? 0.9
    this.#beta2 = options.beta2 ?? 0.999
    this.#epsilon = options.epsilon ?? 1e-8
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate, step } = parameter
    const gradient = decayedGradient(parameter)
    const first = decayingMean(slots[0]!, gradient, this.#beta1)
    const second = decayingMean(slots[1]!, square(gradient), this.#beta2)
    const largest = max(slots[2]!, second)
    const denominator = add(sqrt(unbiased(largest, this.#beta2, step)), this.#epsilon)
    const change = div(unbiased(first, this.#beta1, step), denominator)
    return [sub(weight, mul(change, learningRate)), first, second, largest]
  }
}
