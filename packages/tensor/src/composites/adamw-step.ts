import { ShapeError } from '../errors.ts'
import { add, div, equal, mul, sqrt, sub, where } from '../operations/elementwise.ts'
import { formatShape, sameShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'

export interface AdamWParameters {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** λ for each parameter tensor, in order */
  readonly weightDecay: readonly number[]
  /** t, counted from 1 */
  readonly step: number
}

/**
 * 1 - βᵗ, by which a mean of t terms that began at 0 falls short. Multiplied out, since the bits of `**` are the engine's.
 *
 * @see Kingma & Ba 2015, section 3
 */
export function biasCorrection(beta: number, step: number): number {
  let power = 1
  for (let square = beta, left = step; left > 0; square *= square, left = Math.floor(left / 2)) {
    if (left % 2 === 1) power *= square
  }
  return 1 - power
}

/**
 * One step of AdamW on n tensors at once:
 * p ← p - ηλp;  m ← β₁m + (1 - β₁)g;  v ← β₂v + (1 - β₂)g²;  p ← p - η · (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε).
 *
 * Inputs a scalar c, by which every gradient is multiplied first (clipping, loss scaling), then n each of p, g, m, v;
 * outputs n each of the new p, m, v, or of the old ones if c is NaN. Call it with `into` the old ones.
 *
 * @see Loshchilov & Hutter 2019, algorithm 2
 */
export const adamwStep: Composite<AdamWParameters> = {
  name: 'adamwStep',
  outputs(inputs, { weightDecay }) {
    const n = weightDecay.length
    if (inputs.length !== 1 + 4 * n || inputs[0]!.size !== 1) {
      throw new ShapeError(
        `adamwStep: ${inputs.length} inputs, expected a scalar and 4 times ${n}: p, g, m, v for each weightDecay`,
      )
    }
    const groups = [1, 2, 3].map((group) => inputs.slice(1 + group * n, 1 + (group + 1) * n))
    const parameters = inputs.slice(1, 1 + n)
    for (const group of groups) {
      group.forEach((tensor, index) => {
        if (!sameShape(tensor.shape, parameters[index]!.shape)) {
          throw new ShapeError(
            `adamwStep: parameter ${index} is ${formatShape(parameters[index]!.shape)}, its gradient or moment ${formatShape(tensor.shape)}`,
          )
        }
      })
    }
    return [...parameters, ...parameters, ...parameters].map(({ shape }) => ({ shape, dtype: 'f32' }))
  },
  formula(inputs, { learningRate, beta1, beta2, epsilon, weightDecay, step }) {
    const n = weightDecay.length
    const scale = inputs[0]!
    const counts = equal(scale, scale)
    const [p, g, m, v] = [0, 1, 2, 3].map((group) => inputs.slice(1 + group * n, 1 + (group + 1) * n))
    const next = weightDecay.map((decay, i) => {
      const gradient = mul(g![i]!, scale)
      const first = add(mul(m![i]!, beta1), mul(gradient, 1 - beta1))
      const second = add(mul(v![i]!, beta2), mul(mul(gradient, gradient), 1 - beta2))
      const denominator = add(mul(sqrt(second), 1 / Math.sqrt(biasCorrection(beta2, step))), epsilon)
      const change = mul(div(first, denominator), learningRate / biasCorrection(beta1, step))
      const weight = sub(mul(p![i]!, 1 - learningRate * decay), change)
      return [where(counts, weight, p![i]!), where(counts, first, m![i]!), where(counts, second, v![i]!)] as const
    })
    const output = (index: 0 | 1 | 2): Tensor[] => next.map((each) => each[index])
    return [...output(0), ...output(1), ...output(2)]
  },
}
