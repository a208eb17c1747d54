import { add, equal, mul, sub, type Tensor, where } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { type Member, Optimizer, type OptimizerOptions } from './optimizer.ts'

export interface SGDOptions extends OptimizerOptions {
  /** μ, 0 by default */
  readonly momentum?: number
  /** whether to look ahead by one step of momentum; false by default */
  readonly nesterov?: boolean
}

/**
 * g ← g + λp;  b ← μb + g;  p ← p - ηb, or with nesterov p ← p - η(g + μb).
 *
 * @see Sutskever et al. 2013, section 2
 */
export class SGD extends Optimizer {
  readonly #momentum: number
  readonly #nesterov: boolean

  /** @throws RangeError if nesterov is asked for without momentum */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: SGDOptions = {}) {
    const { momentum = 0, nesterov = false } = options
    if (nesterov && momentum === 0) throw new RangeError('SGD: nesterov needs momentum > 0')
    super(parameters, options, momentum === 0 ? [] : ['momentum'])
    this.#momentum = momentum
    this.#nesterov = nesterov
  }

  protected override update(members: readonly Member[], learningRate: number, scale: Tensor): void {
    const counts = equal(scale, scale)
    for (const { weight, gradient, slots, weightDecay, learningRateFactor } of members) {
      const scaled = mul(gradient, scale)
      const decayed = weightDecay === 0 ? scaled : add(scaled, mul(weight, weightDecay))
      const change = this.#withMomentum(decayed, slots[0], counts)
      weight.assign(where(counts, sub(weight, mul(change, learningRate * learningRateFactor)), weight))
    }
  }

  #withMomentum(gradient: Tensor, buffer: Tensor | undefined, counts: Tensor): Tensor {
    if (!buffer) return gradient
    buffer.assign(where(counts, add(mul(buffer, this.#momentum), gradient), buffer))
    return this.#nesterov ? add(gradient, mul(buffer, this.#momentum)) : buffer
  }
}
