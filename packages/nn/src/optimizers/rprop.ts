import { clamp, equal, greater, less, mul, sign, sub, type Tensor, where } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { OptimizerOptions } from './optimizer.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

export interface RpropOptions extends OptimizerOptions {
  /** η⁻, by which a step shrinks where the gradient's sign changed; 0.5 by default */
  readonly shrink?: number
  /** η⁺, by which it grows where the sign stayed; 1.2 by default */
  readonly grow?: number
  /** the smallest and largest step, 1e-6 and 50 by default */
  readonly limits?: readonly [smallest: number, largest: number]
}

/**
 * Steps by the sign of the gradient alone, as long for each weight as it has learned: Δ ← η⁺Δ where g has the sign of the
 * step before, else η⁻Δ and no step this time;  p ← p - Δ sign(g). Δ begins as the learning rate, which has no further
 * effect. For whole batches: the signs of small ones are noise.
 *
 * @see Riedmiller & Braun 1993; Igel & Hüsken 2000, algorithm 3 (iRprop-)
 */
export class Rprop extends ParameterwiseOptimizer {
  readonly #shrink: number
  readonly #grow: number
  readonly #limits: readonly [smallest: number, largest: number]

  constructor(parameters: ReadonlyMap<string, Parameter>, options: RpropOptions = {}) {
    super(parameters, options, ['before', 'length'])
    this.#shrink = options.shrink ?? 0.5
    this.#grow = options.grow ?? 1.2
    this.#limits = options.limits ?? [1e-6, 50]
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate } = parameter
    const [before, length] = slots as [Tensor, Tensor]
    const gradient = decayedGradient(parameter)
    const agreement = mul(sign(gradient), sign(before))
    const turned = less(agreement, 0)
    const now = where(equal(length, 0), learningRate, length) // 0 is what it holds before the first step
    const grown = where(greater(agreement, 0), mul(now, this.#grow), now)
    const next = clamp(where(turned, mul(now, this.#shrink), grown), ...this.#limits)
    const used = where(turned, 0, gradient)
    return [sub(weight, mul(sign(used), next)), used, next]
  }
}
