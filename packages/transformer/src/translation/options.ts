import type { ForwardOptions, Initializer } from '@tlc/nn'
import type { Key, Tensor } from '@tlc/tensor'
import type { TranslationConfig } from './config.ts'

/** What a part of a model is made from. */
export interface TranslationOptions {
  readonly config: TranslationConfig
  /** of the first weights */
  readonly key: Key
  /** how weights start; Xavier, even, and embeddings with deviation 1/√hiddenSize by default */
  readonly initialize?: Initializer
}

/** How a model is run. */
export interface TranslationForwardOptions extends ForwardOptions {
  /** Remember only what goes into each layer, and run it again in the backward pass; false by default. */
  readonly recompute?: boolean | undefined
}

/** How layers are run. */
export interface LayersForwardOptions extends TranslationForwardOptions {
  /** added to the scores of self-attention; broadcasts to `[batch, heads, length, length]` */
  readonly bias: Tensor
}

/** A source as the decoder sees it. */
export interface EncodedSource {
  /** `[batch, length, hiddenSize]` */
  readonly hidden: Tensor
  /** hides padding: f32 `[batch, 1, 1, length]` */
  readonly bias: Tensor
}
