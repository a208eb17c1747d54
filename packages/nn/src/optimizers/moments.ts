import { add, biasCorrection, div, mul, type Tensor } from '@tlc/tensor'

/** βm + (1 - β)x: one step of a mean that forgets. */
export function decayingMean(mean: Tensor, x: Tensor, beta: number): Tensor {
  return add(mul(mean, beta), mul(x, 1 - beta))
}

/** m / (1 - βᵗ): a mean of t terms that began at 0, without its bias. @see Kingma & Ba 2015, section 3 */
export function unbiased(mean: Tensor, beta: number, step: number): Tensor {
  return div(mean, biasCorrection(beta, step))
}
