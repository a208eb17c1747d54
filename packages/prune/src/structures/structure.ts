import type { Shape } from '@tlc/tensor'

/** A weight as a structure sees it. */
export interface Scored {
  /** The parameter's name. */
  readonly name: string
  readonly shape: Shape
  /** One number for each entry, row-major; none that counts is NaN. */
  readonly scores: Float32Array
  /** 1 where the entry is kept, 0 where it was pruned before. */
  readonly kept: Uint8Array
}

/**
 * Turns scores into masks of 1 (kept) and 0 (pruned), one for each weight given: `sparsity` is the share of all their
 * entries, those pruned before included, that is to be 0. An entry pruned before stays pruned.
 */
export type Structure = (weights: readonly Scored[], sparsity: number) => Uint8Array[]
