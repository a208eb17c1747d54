import { embedding, equal, type Key, range, reshape, scope, type Tensor, where } from '@tlc/tensor'
import { type Initializer, truncatedNormal } from '../initialize.ts'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface EmbeddingOptions {
  /** rows: ids 0..count-1 */
  readonly count: number
  readonly size: number
  /** of the first weight */
  readonly key: Key
  /** the row that starts at 0, and that the look-up gives no gradient */
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
    this.weight = new Parameter(withoutRow(initialize(key, [count, size]), paddingIndex))
    this.paddingIndex = paddingIndex
  }

  forward(ids: Tensor): Tensor {
    return embedding(this.weight.value, ids, this.paddingIndex === undefined ? {} : { paddingIndex: this.paddingIndex })
  }
}

function withoutRow(weight: Tensor, row: number | undefined): Tensor {
  if (row === undefined) return weight
  using _weight = weight
  using inner = scope()
  const rows = reshape(range(weight.shape[0]!, { dtype: 'i32', backend: weight.backend }), [-1, 1]) // [count, 1]
  return inner.keep(where(equal(rows, row), 0, weight))
}
