import { add, div, max, mul, sqrt, square, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { decayingMean } from './moments.ts'
import type { OptimizerOptions } from './optimizer.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

export interface RMSpropOptions extends OptimizerOptions {
  /** α, 0.99 by default */
  readonly smoothing?: number
  /** ε, 1e-8 by default */
  readonly epsilon?: number
  /** μ, 0 by default */
  readonly momentum?: number
  /** whether to divide by the deviation of gradients instead of their root mean square; false by default */
  readonly centered?: boolean
}

/**
 * g ← g + λp;  v ← αv + (1 - α)g²;  u = g / (√v + ε), or centered a ← αa + (1 - α)g, u = g / (√(v - a²) + ε);
 * p ← p - ηu, or with momentum b ← μb + u, p ← p - ηb.
 *
 * @see Tieleman & Hinton 2012, lecture 6.5; Graves 2013, eq. 38-41 (centered)
 */
export class RMSprop extends ParameterwiseOptimizer {
  readonly #smoothing: number
  readonly #epsilon: number
  readonly #momentum: number
  readonly #centered: boolean

  constructor(parameters: ReadonlyMap<string, Parameter>, options: RMSpropOptions = {}) {
    const { smoothing = 0.99, epsilon = 1e-8, momentum = 0, centered = false } = options
    super(parameters, options, ['second', ...(centered ? ['first'] : []), ...(momentum === 0 ? [] : ['momentum'])])
    this.#smoothing = smoothing
    this.#epsilon = epsilon
    this.#momentum = momentum
    this.#centered = centered
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate } = parameter
    const gradient = decayedGradient(parameter)
    const second = decayingMean(slots[0]!, square(gradient), this.#smoothing)
    const first = this.#centered ? [decayingMean(slots[1]!, gradient, this.#smoothing)] : []
    // v - a² >= 0, but for rounding, when all gradients have been equal.
    const variance = first[0] ? max(sub(second, square(first[0])), 0) : second
    const change = div(gradient, add(sqrt(variance), this.#epsilon))
    const momentum = this.#momentum === 0 ? [] : [add(mul(slots.at(-1)!, this.#momentum), change)]
    return [sub(weight, mul(momentum[0] ?? change, learningRate)), second, ...first, ...momentum]
  }
}
