import { apply } from '../apply.ts'
import { range } from '../create.ts'
import type { ReductionParameters } from '../primitives.ts'
import { normalizeAxes, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { cast, div, equal, mul, neg, sqrt, square, sub, where } from './elementwise.ts'
import { reshape } from './movement.ts'

/** Which axes to reduce and whether they stay, with size 1. */
export interface ReduceOptions {
  /** one axis or several, negative from the end; all when not given */
  readonly axis?: number | readonly number[]
  /** keeps reduced axes with size 1, so that the result broadcasts against the input; false by default */
  readonly keepDims?: boolean
}

/** Σ x over the axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply('sum', [x], reduction(x, options, 'sum'))[0]!
}

/** The largest element over the axes; equal ones share its gradient. */
export function maxOver(x: Tensor, options: ReduceOptions = {}): Tensor {
  return apply('maxOver', [x], reduction(x, options, 'maxOver'))[0]!
}

/** The smallest element over the axes. */
export function minOver(x: Tensor, options: ReduceOptions = {}): Tensor {
  return neg(maxOver(neg(x), options))
}

/** Σ x / n over the axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return mul(sum(x, options), 1 / countOf(x, options))
}

/** Σ (x - mean)² / (n - correction) over the axes; correction 0 by default: the variance of the elements themselves. */
export function variance(x: Tensor, options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
  const centered = sub(x, mean(x, { ...options, keepDims: true }))
  return div(sum(square(centered), options), countOf(x, options) - (options.correction ?? 0))
}

/** √(Σ x²) over the axes. */
export function norm(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sqrt(sum(square(x), options))
}

/** The position (i32) of the largest element along one axis, the first of equal ones; NaN is the largest of all. */
export function argMax(x: Tensor, options: { readonly axis?: number } = {}): Tensor {
  const axis = normalizeAxes(options.axis ?? -1, x.shape.length, 'argMax')[0]!
  const length = x.shape[axis]!
  const column: Shape = x.shape.map((_, other) => (other === axis ? length : 1))
  const positions = reshape(range(length, { dtype: 'i32', backend: x.backend }), column)
  const otherwise = where(equal(x, x), length, positions) // NaN alone is not equal to itself
  const atLargest = equal(x, maxOver(x, { axis, keepDims: true }))
  return minOver(where(atLargest, positions, otherwise), { axis })
}

/** The number (i32) of elements of a bool tensor that are true. */
export function countTrue(x: Tensor): Tensor {
  return sum(cast(x, 'i32'))
}

function reduction(x: Tensor, { axis, keepDims = false }: ReduceOptions, op: string): ReductionParameters {
  return { axes: normalizeAxes(axis, x.shape.length, op), keepDims }
}

function countOf(x: Tensor, { axis }: ReduceOptions): number {
  return normalizeAxes(axis, x.shape.length, 'mean').reduce((count, each) => count * x.shape[each]!, 1)
}
