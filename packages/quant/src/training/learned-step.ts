import { defineOp } from '@tlc/autograd'
import { abs, add, clamp, div, greater, mean, mul, reshape, round, sub, sum, type Tensor, where } from '@tlc/tensor'
import type { Granularity } from '../schemes/affine/granularity.ts'
import { within } from './fake-quantize.ts'
import { rangesOf } from './ranges-on-device.ts'

/** The codes that a learned step has, and how strongly it learns. */
export interface LearnedStepOptions {
  /** the least and the greatest code: -2^(k-1) and 2^(k-1) - 1 for weights */
  readonly low: number
  readonly high: number
  /** scales the gradient of the step; 1 / √(n · high), n the weights of a range, by default */
  readonly gradientFactor?: number
}

const quantizeLearning = defineOp({
  name: 'learnedStepQuantize',
  forward: ([x, step]: readonly [Tensor, Tensor], { low, high }: Required<LearnedStepOptions>) =>
    // + 0 turns -0 into 0.
    mul(add(clamp(round(div(x, step)), low, high), 0), step),
  vjp: ({ inputs: [x, step], cotangents: [g], parameters: { low, high, gradientFactor } }) => {
    const steps = div(x, step)
    const code = round(steps)
    const inside = within(code, low, high)
    const slope = where(greater(inside, 0), sub(code, steps), clamp(code, low, high))
    const perRange = sum(mul(g, slope), { axis: 1, keepDims: true }) // [ranges, 1]
    return [mul(g, inside), mul(perRange, gradientFactor)]
  },
  reads: { outputs: [] },
})

/**
 * Learned step size quantization: Δ clamp(round(x / Δ), low, high), with gradients
 *
 *     ∂/∂x = 1 where low <= round(x / Δ) <= high, else 0
 *     ∂/∂Δ = factor · Σ (round(x / Δ) - x / Δ inside, low or high outside)
 *
 * @param x f32 `[ranges, length]`
 * @param step Δ > 0, f32 `[ranges, 1]`
 * @see Esser et al. 2020, LSQ, eq. 1-5
 */
export function learnedStepQuantize(x: Tensor, step: Tensor, options: LearnedStepOptions): Tensor {
  const { low, high, gradientFactor = 1 / Math.sqrt(x.shape[1]! * high) } = options
  return quantizeLearning([x, step], { low, high, gradientFactor })
}

/**
 * Where a learned step begins: 2 mean|w| / √high of each range. `[ranges, 1]`
 *
 * @see Esser et al. 2020, section 2.1
 */
export function initialStep(weight: Tensor, granularity: Granularity, high: number): Tensor {
  const typical = mean(abs(rangesOf(weight, granularity)), { axis: 1, keepDims: true }) // [ranges, 1]
  return mul(typical, 2 / Math.sqrt(high))
}

/** A weight through `learnedStepQuantize`, range by range; of its own shape. */
export function quantizeByLearnedStep(
  weight: Tensor,
  step: Tensor,
  granularity: Granularity,
  options: LearnedStepOptions,
): Tensor {
  return reshape(learnedStepQuantize(rangesOf(weight, granularity), step, options), weight.shape)
}
