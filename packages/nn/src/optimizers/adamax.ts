import { abs, add, biasCorrection, div, max, mul, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { AdamOptions } from './adamw.ts'
import { decayingMean } from './moments.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

/**
 * Adam with the largest gradient, which fades, in place of the mean square: g ← g + λp;  m ← β₁m + (1 - β₁)g;
 * u ← max(β₂u, |g| + ε);  p ← p - η / (1 - β₁ᵗ) · m / u.
 *
 * @see Kingma & Ba 2015, algorithm 2, where ε is 0
 */
export class Adamax extends ParameterwiseOptimizer {
  readonly #beta1: number
  readonly #beta2: number
  readonly #epsilon: number

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters, options, ['first', 'largest'])
    this.#beta1 = options.beta1 ?? 0.9
    this.#beta2 = options.beta2 ?? 0.999
    this.#epsilon = options.epsilon ?? 1e-8
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate, step } = parameter
    const gradient = decayedGradient(parameter)
    const first = decayingMean(slots[0]!, gradient, this.#beta1)
    const largest = max(mul(slots[1]!, this.#beta2), add(abs(gradient), this.#epsilon))
    const change = mul(div(first, largest), learningRate / biasCorrection(this.#beta1, step))
    return [sub(weight, change), first, largest]
  }
}
