import type { ForwardOptions, Initializer } from '@tlc/nn'
import type { Key, Tensor } from '@tlc/tensor'
import type { RobertaConfig } from './config.ts'

/** What a part of a model is made from. */
export interface RobertaOptions {
  readonly config: RobertaConfig
  /** of the first weights */
  readonly key: Key
  /** how weights start; truncated normal with the configuration's deviation by default */
  readonly initialize?: Initializer
}

/** How a model is run. */
export interface RobertaForwardOptions extends ForwardOptions {
  /** `[batch, length]`, 1 at real tokens, 0 at padding; where the ids are not the padding id, by default */
  readonly attentionMask?: Tensor
  /** i32 `[batch, length]`, to which of a pair's texts each token belongs: 0, 1; all 0 by default */
  readonly tokenTypeIds?: Tensor
  /** forget what is inside of each layer and compute it again in the backward pass: less memory, a third more work */
  readonly recompute?: boolean
}

/** How an encoder is run. */
export interface EncoderForwardOptions extends ForwardOptions, Pick<RobertaForwardOptions, 'recompute'> {
  /** added to attention scores; broadcasts to `[batch, heads, length, length]` */
  readonly bias?: Tensor | undefined
}
