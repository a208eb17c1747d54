import { add, clamp, div, globalNorm, less, min, scope, type Tensor, where } from '@tlc/tensor'

/** How far gradients are to be scaled down, and their length. Both are scalars on the device. */
export interface Clip {
  readonly scale: Tensor
  /** √(Σ g²) over all gradients, before scaling */
  readonly norm: Tensor
}

/**
 * scale = min(1, maxNorm / (norm + 1e-6)), and NaN if the norm is not finite, with which an optimizer skips the step.
 * Nothing is read back: an optimizer's step takes the scale.
 *
 * @see Pascanu et al. 2013, algorithm 1
 */
export function clipScale(gradients: readonly Tensor[], maxNorm: number): Clip {
  using inner = scope()
  const norm = inner.keep(globalNorm(gradients))
  return { norm, scale: inner.keep(clipFactor(norm, maxNorm)) }
}

/** max(-limit, min(limit, g)), elementwise, NaN where g is. Unlike scaling it changes the direction of the gradient. */
export function clipByValue(gradients: readonly Tensor[], limit: number): readonly Tensor[] {
  if (!(limit > 0)) throw new RangeError(`clipByValue: limit must be > 0, got ${limit}`)
  return gradients.map((gradient) => clamp(gradient, -limit, limit))
}

/** The scale for gradients of a norm. */
export function clipFactor(norm: Tensor, maxNorm: number): Tensor {
  using inner = scope()
  return inner.keep(where(isFiniteNorm(norm), min(div(maxNorm, add(norm, 1e-6)), 1), Number.NaN))
}

/** Whether a norm is a number at all: bool. */
export function isFiniteNorm(norm: Tensor): Tensor {
  return less(norm, Number.POSITIVE_INFINITY)
}
