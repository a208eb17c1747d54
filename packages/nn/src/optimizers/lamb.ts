import { add, div, equal, globalNorm, mul, sqrt, square, sub, type Tensor, where } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { AdamOptions } from './adamw.ts'
import { decayingMean, unbiased } from './moments.ts'
import { type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

/**
 * Adam whose step is, for each parameter, as long as the parameter, for batches of thousands: m and v as Adam's;
 * r = (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε) + λp;  p ← p - η ‖p‖ / ‖r‖ · r, and p ← p - ηr where a norm is 0.
 * λ is 0.01 and ε is 1e-6 by default.
 *
 * @see You et al. 2020, algorithm 2, with φ(z) = z
 */
export class LAMB extends ParameterwiseOptimizer {
  readonly #beta1: number
  readonly #beta2: number
  readonly #epsilon: number

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options }, ['first', 'second'])
    this.#beta1 = options.beta1 ?? 0.9
    this.#beta2 = options.beta2 ?? 0.999
    this.#epsilon = options.epsilon ?? 1e-6
  }

  protected override next({
    weight,
    gradient,
    slots,
    weightDecay,
    learningRate,
    step,
  }: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const first = decayingMean(slots[0]!, gradient, this.#beta1)
    const second = decayingMean(slots[1]!, square(gradient), this.#beta2)
    const denominator = add(sqrt(unbiased(second, this.#beta2, step)), this.#epsilon)
    const direction = add(div(unbiased(first, this.#beta1, step), denominator), mul(weight, weightDecay))
    const change = mul(direction, mul(trustRatio(weight, direction), learningRate))
    return [sub(weight, change), first, second]
  }
}

/** ‖p‖ / ‖r‖, and 1 where either is 0: a scalar. */
function trustRatio(weight: Tensor, direction: Tensor): Tensor {
  const [length, of] = [globalNorm([weight]), globalNorm([direction])]
  return where(equal(mul(length, of), 0), 1, div(length, of))
}
