import { add, mul, scope, type Tensor } from '@tlc/tensor'

/** A loss and its gradients, in the order of some parameters. */
export interface LossAndGradients {
  readonly value: Tensor
  readonly gradients: readonly Tensor[]
}

/**
 * Σ wᵢ · lossᵢ and Σ wᵢ · ∂lossᵢ over micro-batches, so that a batch larger than memory counts as one. Each one's
 * gradients are freed before the next are computed.
 *
 * @param weights wᵢ; 1 / n each by default. When the loss is a mean over examples (or masked tokens), wᵢ must be the
 *   micro-batch's part of all of them, for the sum to be that of the whole batch.
 */
export function accumulate<Batch>(
  microBatches: readonly Batch[],
  gradientsOf: (microBatch: Batch, index: number) => LossAndGradients,
  weights: readonly number[] = microBatches.map(() => 1 / microBatches.length),
): LossAndGradients {
  if (microBatches.length === 0) throw new RangeError('accumulate: needs one micro-batch at least, got none')
  if (weights.length !== microBatches.length) {
    throw new RangeError(`accumulate: ${weights.length} weights for ${microBatches.length} micro-batches`)
  }
  if (microBatches.length === 1 && weights[0] === 1) return gradientsOf(microBatches[0]!, 0)
  let total: readonly Tensor[] | undefined
  for (const [index, microBatch] of microBatches.entries()) {
    using inner = scope()
    const { value, gradients } = gradientsOf(microBatch, index)
    const weighted = [value, ...gradients].map((x) => mul(x, weights[index]!))
    const before = total
    total = inner.keep(before ? weighted.map((x, place) => add(before[place]!, x)) : weighted)
    for (const x of before ?? []) x.dispose()
  }
  const [value, ...gradients] = total!
  return { value: value!, gradients }
}
