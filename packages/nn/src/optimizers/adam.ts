import { add, equal, mul, type Tensor, where } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { type AdamOptions, AdamW } from './adamw.ts'
import type { Member } from './optimizer.ts'

/**
 * AdamW but for the decay, which is a part of the gradient, g + λp, and so is scaled like it; λ is 0 by default.
 *
 * @see Kingma & Ba 2015, algorithm 1
 */
export class Adam extends AdamW {
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0, ...options })
  }

  protected override update(members: readonly Member[], learningRate: number, scale: Tensor, step: number): void {
    if (members.every(({ weightDecay }) => weightDecay === 0)) {
      super.update(members, learningRate, scale, step)
      return
    }
    const decayed = members.map(({ gradient, weight, weightDecay, ...rest }) => ({
      ...rest,
      weight,
      gradient: add(mul(gradient, scale), mul(weight, weightDecay)),
      weightDecay: 0,
    }))
    super.update(decayed, learningRate, where(equal(scale, scale), 1, scale), step)
  }
}
