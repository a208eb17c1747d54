import type { ForwardOptions, MultiHeadAttention } from '@tlc/nn'
import { appendRows, attention, cast, concat, permute, reshape, type Tensor } from '@tlc/tensor'

/** What queries attend to, by heads: both `[batch, heads, time, headSize]`. */
export interface KeysAndValues {
  readonly keys: Tensor
  readonly values: Tensor
}

/** How queries attend. */
export interface AttendOptions extends ForwardOptions {
  /** added to the scores; broadcasts to `[batch, heads, queries, keys]` */
  readonly bias?: Tensor | undefined
}

/** The keys and values of x `[batch, time, hiddenSize]`: the half of attention that a cache can hold. */
export function keysAndValues(module: MultiHeadAttention, x: Tensor): KeysAndValues {
  return { keys: split(module.key.forward(x), module.heads), values: split(module.value.forward(x), module.heads) }
}

/**
 * One after the other in time.
 *
 * @param order the rows before are taken in, i32 `[rows]`; as they are by default
 */
export function append(before: KeysAndValues | undefined, after: KeysAndValues, order?: Tensor): KeysAndValues {
  if (!before) return after
  if (order) {
    return {
      keys: appendRows(before.keys, after.keys, order), // [rows, heads, time + 1, headSize]
      values: appendRows(before.values, after.values, order),
    }
  }
  return {
    keys: concat([before.keys, after.keys], { axis: 2 }), // [batch, heads, time + 1, headSize]
    values: concat([before.values, after.values], { axis: 2 }),
  }
}

/**
 * The other half: Wₒ concat(head₁ … headₕ), each softmax(q kᵀ / √headSize + bias) v with q of x.
 *
 * @param x `[batch, queries, hiddenSize]`; so is the result
 * @see Vaswani et al. 2017, section 3.2.2
 */
export function attend(
  module: MultiHeadAttention,
  x: Tensor,
  { keys, values }: KeysAndValues,
  { bias, key }: AttendOptions = {},
): Tensor {
  const queries = module.query.forward(x) // [batch, queries, heads · headSize]
  const q = split(queries, module.heads)
  const rate = module.dropoutRate
  const attended = attention(q, keys, values, {
    ...(bias && { bias: cast(bias, q.dtype) }),
    ...(key && rate > 0 && { dropout: { key, rate } }),
  })
  return module.output.forward(joined(attended)) // [batch, queries, hiddenSize]
}

function split(x: Tensor, heads: number): Tensor {
  const [batch, time, size] = x.shape
  const parts = [batch!, time!, heads, size! / heads]
  // With one time step the order in memory is the same, and nothing has to be moved.
  if (time === 1) return reshape(x, [batch!, heads, 1, size! / heads])
  return permute(reshape(x, parts), [0, 2, 1, 3]) // [batch, heads, time, headSize]
}

/** The inverse of `split`. */
function joined(x: Tensor): Tensor {
  const [batch, heads, time, headSize] = x.shape
  const byTime = time === 1 ? x : permute(x, [0, 2, 1, 3]) // [batch, time, heads, headSize]
  return reshape(byTime, [batch!, time!, heads! * headSize!])
}
