import { embedding, type Key, type Tensor } from '@tlc/tensor'
import { type Initializer, truncatedNormal } from '../initialize.ts'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface EmbeddingOptions {
  /** rows: ids 0..count-1 */
  readonly count: number
  readonly size: number
  /** of the first weight */
  readonly key: Key
  /** the row that the look-up gives no gradient */
  readonly paddingIndex?: number
  /** truncated normal with deviation 0.02 by default */
  readonly initialize?: Initializer
}

/** The rows of weight `[count, size]` at ids i32 `[...]`: `[..., size]`. */
export class Embedding extends Module {
  readonly weight: Parameter
  readonly paddingIndex: number | undefined

  constructor({ count, size, key, paddingIndex, initialize = truncatedNormal() }: EmbeddingOptions) {
    super()
    this.weight = new Parameter(initialize(key, [count, size]))
    this.paddingIndex = paddingIndex
  }

  forward(ids: Tensor): Tensor {
    return embedding(this.weight.value, ids, this.paddingIndex === undefined ? {} : { paddingIndex: this.paddingIndex })
  }
}
