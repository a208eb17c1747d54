import { apply } from '../apply.ts'
import type { DropoutParameters } from '../composites/dropout.ts'
import { composites } from '../composites/index.ts'
import type { Key } from '../random.ts'
import { normalizeAxis } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { cast, div, equal, sub } from './elementwise.ts'
import { transpose } from './movement.ts'
import { countTrue, sum } from './reduction.ts'

/** y = x Wᵀ + b. x `[..., in]`, weight `[out, in]`, bias `[out]`; returns `[..., out]`. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return apply(composites.linear, bias ? [x, weight, bias] : [x, weight], {})[0]!
}

/** A matrix `[out, in]` by its blocks of r x c that are not zero. */
export interface SparseWeight {
  /** f32 `[blocks, r, c]`, by rows of blocks, then by columns */
  readonly values: Tensor
  /** i32 `[blocks]`: which column of blocks each lies in, 0 to in / c - 1 */
  readonly columns: Tensor
  /** i32 `[out / r + 1]`: the first block of each row of blocks, and behind the last their count */
  readonly offsets: Tensor
}

/** y = x Wᵀ + b by the blocks of W alone. x f32 `[..., in]`, bias `[out]`; returns `[..., out]`. */
export function sparseLinear(x: Tensor, { values, columns, offsets }: SparseWeight, bias?: Tensor): Tensor {
  return apply(composites.sparseLinear, [x, values, columns, offsets, ...(bias ? [bias] : [])], {})[0]!
}

/** e^xᵢ / Σⱼ e^xⱼ over an axis, the last by default; safe for large x. */
export function softmax(x: Tensor, options: { readonly axis?: number } = {}): Tensor {
  return overAxis(x, options.axis ?? -1, 'softmax', (rows) => apply(composites.softmax, [rows], {})[0]!)
}

/** ln softmax(x) over an axis, the last by default; safe for large x. */
export function logSoftmax(x: Tensor, options: { readonly axis?: number } = {}): Tensor {
  return overAxis(x, options.axis ?? -1, 'logSoftmax', (rows) => apply(composites.logSoftmax, [rows], {})[0]!)
}

/** x Φ(x), Φ the normal distribution function. @see Hendrycks & Gimpel 2016, eq. 1 */
export function gelu(x: Tensor): Tensor {
  return apply(composites.gelu, [x], {})[0]!
}

/** (x - mean) / √(variance + ε) · weight + bias over the last axis; ε is 1e-5 by default. */
export function layerNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  options: { readonly epsilon?: number } = {},
): Tensor {
  return apply(composites.layerNorm, [x, weight, bias], { epsilon: options.epsilon ?? 1e-5 })[0]!
}

export interface AttentionOptions {
  /** added to the scores before softmax; broadcasts to `[batch, heads, queries, keys]` */
  readonly bias?: Tensor
  /** 1/√headSize by default */
  readonly scale?: number
  /** of the attention weights, by the random words of `[batch, heads, queries, keys]`; none by default */
  readonly dropout?: DropoutParameters
}

/** dropout(softmax(scale · q kᵀ + bias)) v, all `[batch, heads, time, headSize]`. @see Vaswani et al. 2017, eq. 1 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const scale = options.scale ?? 1 / Math.sqrt(q.shape.at(-1) ?? 1)
  const { bias, dropout } = options
  return apply(composites.attention, bias ? [q, k, v, bias] : [q, k, v], { scale, ...(dropout && { dropout }) })[0]!
}

export interface CrossEntropyOptions {
  /** targets that do not count; -100 by default */
  readonly ignoreIndex?: number
  /** ε, 0 by default */
  readonly labelSmoothing?: number
  /** how the rows' losses become one; 'mean' (over the rows that count) by default */
  readonly reduction?: 'mean' | 'sum' | 'none'
}

/**
 * -ln softmax(logits) at the targets, by rows.
 *
 * @param logits f32 or f16 `[rows, classes]`
 * @param targets i32 `[rows]`
 * @returns a scalar in nats, f32, or `[rows]` with reduction 'none'; the mean of no row at all is NaN
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options
  const losses = apply(composites.crossEntropy, [logits, targets], { ignoreIndex, labelSmoothing })[0]!
  if (reduction === 'none') return losses
  if (reduction === 'sum') return sum(losses)
  const rows = sub(targets.size, cast(countTrue(equal(targets, ignoreIndex)), 'f32'))
  return div(sum(losses), rows)
}

/** Zeroes elements with probability `rate` and divides the rest by 1 - rate; the mask is that of the key. */
export function dropout(x: Tensor, options: { readonly key: Key; readonly rate: number }): Tensor {
  return options.rate === 0 ? x : apply(composites.dropout, [x], options)[0]!
}

/** Rows of a table `[rows, size]` at ids (i32, any shape): `[..., size]`; the row `paddingIndex` gets no gradient. */
export function embedding(table: Tensor, ids: Tensor, options: { readonly paddingIndex?: number } = {}): Tensor {
  return apply(composites.embedding, [table, ids], { paddingIndex: options.paddingIndex ?? -1 })[0]!
}

/** √(Σ x²) over all elements of all tensors: a scalar. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return apply(composites.globalNorm, tensors, {})[0]!
}

function overAxis(x: Tensor, axis: number, op: string, overLast: (rows: Tensor) => Tensor): Tensor {
  const place = normalizeAxis(axis, x.shape.length, op)
  if (place === x.shape.length - 1) return overLast(x)
  return transpose(overLast(transpose(x, place, -1)), place, -1)
}

/**
 * The `count` largest along the last axis, the largest first, of equal ones the first. NaN and -∞ are passed over: where
 * fewer are left, the value is -∞ and the id -1.
 *
 * @param x `[..., length]`
 * @param count from 1 to length
 * @returns both `[..., count]`, the ids i32
 */
export function topK(x: Tensor, count: number): { readonly values: Tensor; readonly ids: Tensor } {
  const [values, ids] = apply(composites.topK, [x], { count })
  return { values: values!, ids: ids! }
}

/**
 * Row i is row ids[i] of x, with row i of `more` behind it along the last axis but one.
 *
 * @param x `[rows, ..., time, size]`
 * @param more `[n, ..., added, size]`, of the same type
 * @param ids i32 `[n]`; values outside 0..rows-1 are moved to the nearest end
 * @returns `[n, ..., time + added, size]`
 */
export function appendRows(x: Tensor, more: Tensor, ids: Tensor): Tensor {
  return apply(composites.appendRows, [x, more, ids], {})[0]!
}
