import type { Criterion } from './criterion.ts'
import { gradientsOf } from './gradients-of.ts'

/**
 * |g w|, g the mean of the gradient over batches: how much the loss depends on w being there at all. Needs `gradients`.
 * Meant for the weights before training.
 *
 * @see Lee et al. 2019, SNIP, eq. 6 (recalled, not verified)
 */
export const snip: Criterion = (weight, context) => {
  const { sum, count } = gradientsOf('snip', context)
  return weight.map((w, index) => Math.abs((sum[index]! * w) / count))
}
