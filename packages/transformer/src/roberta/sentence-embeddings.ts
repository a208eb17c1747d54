import { add, cast, div, equal, mul, reshape, slice, sub, sum, type Tensor } from '@tlc/tensor'
import type { RobertaModel } from './model.ts'
import type { RobertaForwardOptions } from './options.ts'

export interface SentenceEmbeddingOptions extends RobertaForwardOptions {
  /** 'mean' over the tokens that are not padding, or the vector of the 'first' one, <s>; 'mean' by default */
  readonly pooling?: 'mean' | 'first'
}

/**
 * A vector for each text: Σ mask · h / Σ mask over its tokens, 0 where there are none; or h of the first token.
 *
 * @param ids i32 `[batch, length]`
 * @returns `[batch, hiddenSize]`
 * @see Reimers & Gurevych 2019, section 3
 */
export function sentenceEmbeddings(model: RobertaModel, ids: Tensor, options: SentenceEmbeddingOptions = {}): Tensor {
  const { pooling = 'mean', ...forward } = options
  const hidden = cast(model.forward(ids, forward), 'f32') // [batch, length, hiddenSize]
  const [batch, length, size] = hidden.shape as readonly [number, number, number]
  if (pooling === 'first') return reshape(slice(hidden, [0, 0], [batch, 1]), [batch, size])
  const mask = cast(forward.attentionMask ?? sub(1, cast(equal(ids, model.config.paddingId), 'f32')), 'f32')
  const total = sum(mul(hidden, reshape(mask, [batch, length, 1])), { axis: 1 }) // [batch, hiddenSize]
  const count = sum(mask, { axis: 1, keepDims: true }) // [batch, 1]
  return div(total, add(count, cast(equal(count, 0), 'f32')))
}
