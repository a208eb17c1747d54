import type { Optimizer } from '@tlc/nn'
import { sameShape, scope } from '@tlc/tensor'
import { maskingOf } from './mask.ts'

/**
 * Writes the zeros of masks into the stored values of an optimizer's parameters and into what the optimizer remembers of
 * each entry: momentum, means of squares. To be called after pruning, so that nothing of a pruned weight is left.
 *
 * A masked value is 0 with or without it. But from here on the stored ones are 0, too, and stay 0 through every
 * step, decay included, as long as the mask is set: without gradient and momentum, rules that look at one entry at a
 * time do not move a zero. Muon mixes the entries of a matrix: after its last step call this again, or `bakeIn`.
 */
export function clearPruned(optimizer: Optimizer): void {
  using _inner = scope()
  const { tensors } = optimizer.state()
  for (const [name, parameter] of optimizer.parameters) {
    const masking = maskingOf(parameter)
    if (!masking) continue
    const { stored } = parameter
    for (const [slot, remembered] of tensors) {
      // `first.encoder.weight`; of means over rows or columns no entry is one weight's.
      const isOwn = slot.slice(slot.indexOf('.') + 1) === name && sameShape(remembered.shape, stored.shape)
      if (isOwn) remembered.assign(masking(remembered))
    }
    stored.assign(masking(stored))
  }
}
