import { defineOp } from '@tlc/autograd'
import { add, mul, type Tensor, where } from '@tlc/tensor'

/**
 * W ⊙ M; ∂W = ∂(W ⊙ M) + λ (1 - M) ⊙ W: the gradient passes straight through to all of W, and pulls pruned entries
 * toward 0, so that they do not come and go.
 *
 * @see Zhou et al. 2021, Learning N:M fine-grained structured sparse neural networks from scratch,
 *   section 4.2, SR-STE (recalled, not verified)
 */
export const refinedMask: (
  inputs: readonly [weight: Tensor, mask: Tensor],
  parameters: { readonly decay: number },
) => Tensor = defineOp({
  name: 'refinedMask',
  forward: ([weight, mask]: readonly [Tensor, Tensor], _: { readonly decay: number }): Tensor => where(mask, weight, 0),
  vjp: ({ inputs: [weight, mask], cotangents: [g], parameters: { decay } }) => [
    where(mask, g, add(g, mul(weight, decay))),
    undefined,
  ],
  reads: { outputs: [] },
})
