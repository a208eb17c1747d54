import { cast, type Tensor } from '@tlc/tensor'
import type { Pooling } from './config.ts'
import type { RobertaModel } from './model.ts'
import type { RobertaForwardOptions } from './options.ts'
import { poolTokens, tokenMask } from './pooling.ts'

export interface SentenceEmbeddingOptions extends RobertaForwardOptions {
  /** 'mean' by default */
  readonly pooling?: Pooling
}

/**
 * A vector for each text: the mean over its tokens, or that of the first one, <s>.
 *
 * @param ids i32 `[batch, length]`
 * @returns f32 `[batch, hiddenSize]`
 * @see Reimers & Gurevych 2019, section 3
 */
export function sentenceEmbeddings(model: RobertaModel, ids: Tensor, options: SentenceEmbeddingOptions = {}): Tensor {
  const { pooling = 'mean', ...forward } = options
  const hidden = cast(model.forward(ids, forward), 'f32') // [batch, length, hiddenSize]
  return poolTokens(hidden, tokenMask(ids, model.config, forward), pooling)
}
