import { apply } from '../apply.ts'
import { normalizeAxis } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/**
 * x taken at ids along an axis (the first by default).
 *
 * @param x `[..before, length, ..after]`
 * @param ids i32, any shape; values outside 0..length-1 are moved to the nearest end
 * @returns `[..before, ..ids.shape, ..after]`
 */
export function gather(x: Tensor, ids: Tensor, options: { readonly axis?: number } = {}): Tensor {
  return apply('gather', [x, ids], { axis: normalizeAxis(options.axis ?? 0, x.shape.length, 'gather') })[0]!
}

/** Where `scatterAdd` puts its updates. */
export interface ScatterOptions {
  /** of the result, the first by default */
  readonly axis?: number
  /** places along that axis */
  readonly size: number
}

/**
 * Zeros, to which each update is added at the place its id names; the adjoint of `gather`.
 *
 * @param updates `[..before, ..ids.shape, ..after]`
 * @param ids i32; those outside 0..size-1 are ignored
 * @returns `[..before, size, ..after]`; sums run in the order of the ids
 */
export function scatterAdd(updates: Tensor, ids: Tensor, { axis = 0, size }: ScatterOptions): Tensor {
  const rank = Math.max(updates.shape.length - ids.shape.length, 0) + 1 // of the result
  return apply('scatterAdd', [updates, ids], { axis: normalizeAxis(axis, rank, 'scatterAdd'), size })[0]!
}
