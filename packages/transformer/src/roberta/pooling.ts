import { add, cast, div, equal, mul, reshape, slice, sub, sum, type Tensor } from '@tlc/tensor'
import type { Pooling, RobertaConfig } from './config.ts'
import type { RobertaForwardOptions } from './options.ts'

/** 1 at real tokens, 0 at padding: the mask that is given, or where the ids are not the padding id. `[batch, length]` */
export function tokenMask(
  ids: Tensor,
  { paddingId }: Pick<RobertaConfig, 'paddingId'>,
  { attentionMask }: RobertaForwardOptions,
): Tensor {
  return attentionMask ?? sub(1, cast(equal(ids, paddingId), 'f32'))
}

/**
 * A vector for each text: h of its first token; or the mean Σ mask · h / Σ mask over its tokens, 0 where there are none.
 *
 * @param hidden `[batch, length, hiddenSize]`
 * @param mask `[batch, length]`, 1 at real tokens
 * @returns `[batch, hiddenSize]`
 */
export function poolTokens(hidden: Tensor, mask: Tensor, pooling: Pooling): Tensor {
  const [batch, length, size] = hidden.shape as readonly [number, number, number]
  if (pooling === 'first') return reshape(slice(hidden, [0, 0], [batch, 1]), [batch, size])
  const real = cast(mask, 'f32')
  const total = sum(mul(cast(hidden, 'f32'), reshape(real, [batch, length, 1])), { axis: 1 }) // [batch, hiddenSize]
  const count = sum(real, { axis: 1, keepDims: true }) // [batch, 1]
  return cast(div(total, add(count, cast(equal(count, 0), 'f32'))), hidden.dtype)
}
