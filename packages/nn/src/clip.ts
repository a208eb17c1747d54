import { add, div, globalNorm, min, scope, type Tensor } from '@tlc/tensor'

/** How far gradients are to be scaled down, and their length. Both are scalars on the device. */
export interface Clip {
  readonly scale: Tensor
  /** √(Σ g²) over all gradients, before scaling */
  readonly norm: Tensor
}

/**
 * scale = min(1, maxNorm / (norm + 1e-6)). Nothing is read back: an optimizer's step takes the scale.
 *
 * @see Pascanu et al. 2013, algorithm 1
 */
export function clipScale(gradients: readonly Tensor[], maxNorm: number): Clip {
  using inner = scope()
  const norm = inner.keep(globalNorm(gradients))
  return { norm, scale: inner.keep(min(div(maxNorm, add(norm, 1e-6)), 1)) }
}
