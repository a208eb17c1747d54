import { add, biasCorrection, div, mul, sqrt, square, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { AdamOptions } from './adamw.ts'
import { decayingMean, unbiased } from './moments.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

/** 0.96^0.004, so that the momentum's power is one of whole numbers: the bits of `**` are the engine's. */
const momentumDecay = 0.9998367253526753

export interface NAdamOptions extends AdamOptions {
  /** whether Mₜ₊₁ has μₜ twice, as in PyTorch 1.13, whose runs it then repeats; false by default */
  readonly repeatedMomentum?: boolean
}

/**
 * Adam with Nesterov's look ahead, and a momentum that rises: μₜ = β₁(1 - ½ · 0.96^(t / 250)), Mₜ = μ₁ ⋯ μₜ;
 * g ← g + λp;  m ← β₁m + (1 - β₁)g;  v ← β₂v + (1 - β₂)g²;
 * p ← p - η ((1 - μₜ) / (1 - Mₜ) · g + μₜ₊₁ / (1 - Mₜ₊₁) · m) / (√(v / (1 - β₂ᵗ)) + ε).
 *
 * @see Dozat 2016, algorithm 2, with the momentum of its section 3
 */
export class NAdam extends ParameterwiseOptimizer {
  readonly #beta1: number
  readonly #beta2: number
  readonly #epsilon: number
  readonly #repeated: boolean
  /** M at a step: a function of the step alone, remembered so that a step need not begin at the first. */
  #product: { readonly step: number; readonly value: number } = { step: 0, value: 1 }

  constructor(parameters: ReadonlyMap<string, Parameter>, options: NAdamOptions = {}) {
    super(parameters, options, ['first', 'second'])
    this.#beta1 = options.beta1 ?? 0.9
    this.#beta2 = options.beta2 ?? 0.999
    this.#epsilon = options.epsilon ?? 1e-8
    this.#repeated = options.repeatedMomentum ?? false
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate, step } = parameter
    const gradient = decayedGradient(parameter)
    const first = decayingMean(slots[0]!, gradient, this.#beta1)
    const second = decayingMean(slots[1]!, square(gradient), this.#beta2)
    const [now, next, product] = [this.#momentum(step), this.#momentum(step + 1), this.#productTo(step)]
    const nextProduct = product * next * (this.#repeated ? now : 1)
    const ahead = add(mul(gradient, (1 - now) / (1 - product)), mul(first, next / (1 - nextProduct)))
    const change = div(ahead, add(sqrt(unbiased(second, this.#beta2, step)), this.#epsilon))
    return [sub(weight, mul(change, learningRate)), first, second]
  }

  #momentum(step: number): number {
    return this.#beta1 * (1 - 0.5 * (1 - biasCorrection(momentumDecay, step)))
  }

  #productTo(last: number): number {
    let { step, value } = this.#product.step <= last ? this.#product : { step: 0, value: 1 }
    while (step < last) value *= this.#momentum(++step)
    this.#product = { step, value }
    return value
  }
}
