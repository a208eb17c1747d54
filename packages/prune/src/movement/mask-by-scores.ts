import { defineOp } from '@tlc/autograd'
import { mul, type Tensor, where } from '@tlc/tensor'

/**
 * W ⊙ M, M the mask that scores S have given. ∂W = ∂(W ⊙ M) ⊙ M; and as if M were S itself, straight through,
 * ∂S = ∂(W ⊙ M) ⊙ W, pruned entries included, so that they may come back.
 *
 * @see Sanh et al. 2020, Movement pruning, section 4 (recalled, not verified)
 */
export const maskByScores: (
  inputs: readonly [weight: Tensor, scores: Tensor, mask: Tensor],
  parameters: object,
) => Tensor = defineOp({
  name: 'maskByScores',
  forward: ([weight, , mask]: readonly [Tensor, Tensor, Tensor]): Tensor => where(mask, weight, 0),
  vjp: ({ inputs: [weight, , mask], cotangents: [g] }) => [where(mask, g, 0), mul(g, weight), undefined],
  reads: { inputs: [0, 2], outputs: [] },
})
