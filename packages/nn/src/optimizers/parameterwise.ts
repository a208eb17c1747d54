import { add, equal, mul, type Tensor, where } from '@tlc/tensor'
import { type Member, Optimizer } from './optimizer.ts'

/** One parameter in a step: its gradient is scaled already, its learning rate that of its group. */
export interface ParameterStep {
  readonly weight: Tensor
  readonly gradient: Tensor
  /** what is remembered, in the order of the slots' names */
  readonly slots: readonly Tensor[]
  readonly weightDecay: number
  /** η */
  readonly learningRate: number
  /** t, counted from 1 */
  readonly step: number
}

/** An optimizer whose rule looks at one parameter at a time. */
export abstract class ParameterwiseOptimizer extends Optimizer {
  /** The new weight, and the new value of each slot in order. */
  protected abstract next(parameter: ParameterStep): readonly [weight: Tensor, ...slots: Tensor[]]

  protected override update(members: readonly Member[], learningRate: number, scale: Tensor, step: number): void {
    const counts = equal(scale, scale)
    for (const { gradient, learningRateFactor, ...member } of members) {
      const next = this.next({
        ...member,
        gradient: mul(gradient, scale),
        learningRate: learningRate * learningRateFactor,
        step,
      })
      for (const [index, old] of [member.weight, ...member.slots].entries())
        old.assign(where(counts, next[index]!, old))
    }
  }
}

/** g + λp: a weight decay that is part of the gradient, as if the loss had the term λ‖p‖² / 2. */
export function decayedGradient({ gradient, weight, weightDecay }: Omit<ParameterStep, 'step' | 'slots'>): Tensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(weight, weightDecay))
}
