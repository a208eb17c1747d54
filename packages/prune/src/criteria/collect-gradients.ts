import { valueAndGrad } from '@tlc/autograd'
import { breathe, type Parameter } from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { distinct } from '../distinct.ts'

/** What is known of a weight's gradient g over some batches; row-major. */
export interface GradientStatistics {
  /** batches */
  readonly count: number
  /** Σ g */
  readonly sum: Float64Array
  /** Σ g² */
  readonly squares: Float64Array
}

/**
 * The gradients of a loss at parameters, summed over batches in float64: what `taylor` and `snip` score by. The
 * parameters do not change. Under a mask, those of pruned entries are 0.
 *
 * @param loss of a batch: a scalar, a mean over its examples
 * @throws RangeError if there is no batch
 */
export async function collectGradients<Batch>(
  parameters: ReadonlyMap<string, Parameter>,
  loss: (batch: Batch) => Tensor,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): Promise<Map<string, GradientStatistics>> {
  const named = [...distinct(parameters)]
  const weights = named.map(([, { stored }]) => stored)
  const sums = weights.map(({ size }) => ({ sum: new Float64Array(size), squares: new Float64Array(size) }))
  let count = 0
  for await (const batch of batches) {
    using _batch = scope()
    const { gradients } = valueAndGrad(() => loss(batch), weights)
    for (const [index, gradient] of gradients.entries()) addTo(sums[index]!, await gradient.data())
    count++
    await breathe()
  }
  if (count === 0) throw new RangeError('collectGradients: needs one batch at least, got none')
  return new Map(named.map(([name], index) => [name, { count, ...sums[index]! }]))
}

function addTo({ sum, squares }: Omit<GradientStatistics, 'count'>, gradient: ArrayLike<number>): void {
  for (let index = 0; index < sum.length; index++) {
    const g = gradient[index]!
    sum[index]! += g
    squares[index]! += g * g
  }
}
