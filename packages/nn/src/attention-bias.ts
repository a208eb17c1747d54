import { add, cast, less, mul, range, reshape, sub, type Tensor } from '@tlc/tensor'

/**
 * What is added to a score to hide a key. e^(-10,000) is 0 in f32, so hidden keys get exactly no weight; being finite,
 * it leaves a query that sees nothing with even weights instead of NaN.
 */
const hidden = -10_000

/**
 * (1 - mask) · -10,000: hides padding from every query.
 *
 * @param mask `[batch, keys]`, 1 (true) at real tokens, 0 (false) at padding
 * @returns f32 `[batch, 1, 1, keys]`
 */
export function paddingBias(mask: Tensor): Tensor {
  const bias = mul(sub(1, cast(mask, 'f32')), hidden)
  return reshape(bias, [mask.shape[0]!, 1, 1, mask.shape[1]!])
}

/** -10,000 where a key comes after the query, else 0: `[queries, keys]`, the last query seeing all keys. */
export function causalBias(queries: number, keys: number = queries): Tensor {
  const query = reshape(range(queries, { dtype: 'i32' }), [queries, 1])
  const later = less(add(query, keys - queries), range(keys, { dtype: 'i32' })) // [queries, keys]
  return mul(cast(later, 'f32'), hidden)
}
