import { matrixOf } from '../structures/matrix.ts'
import type { Criterion } from './criterion.ts'

/**
 * |w_ij| · √(mean x_j²), x the layer's inputs: a small weight counts where its input is large. Needs `statistics`. Meant
 * for the scope `perRow`, or the structure `nm`, without training afterwards.
 *
 * @throws RangeError, when applied, if there are no statistics of the layer's inputs, or of another size
 * @see Sun et al. 2024, A simple and effective pruning approach for large language models, eq. 1
 *   (recalled, not verified)
 */
export const wanda: Criterion = (weight, { name, shape, statistics }) => {
  if (!statistics) {
    throw new RangeError(
      `wanda: there are no statistics of the inputs of '${name}'; collect them with collectInputs of @tlc/nn/calibration, and give them as the option statistics`,
    )
  }
  const { squares, count } = statistics
  const [, columns] = matrixOf(shape)
  if (squares.length !== columns)
    throw new RangeError(`wanda: '${name}' has ${columns} inputs, the statistics are of ${squares.length}`)
  const scales = squares.map((sum) => Math.sqrt(sum / count))
  return weight.map((w, index) => Math.abs(w) * scales[index % columns]!)
}
