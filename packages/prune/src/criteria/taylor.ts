import type { Criterion } from './criterion.ts'
import { gradientsOf } from './gradients-of.ts'

/**
 * (g w)² in the mean over batches: to first order, the square of what the loss changes when w becomes 0. Needs `gradients`.
 *
 * @see Molchanov et al. 2019, Importance estimation for neural network pruning, eq. 8 (recalled, not verified)
 */
export const taylor: Criterion = (weight, context) => {
  const { squares, count } = gradientsOf('taylor', context)
  return weight.map((w, index) => (squares[index]! * w * w) / count)
}
