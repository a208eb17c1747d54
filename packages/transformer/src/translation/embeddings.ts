import { branch, Dropout, type Embedding, type ForwardOptions, Module } from '@tlc/nn'
import { add, cast, mul, type Tensor } from '@tlc/tensor'
import type { TranslationOptions } from './options.ts'
import { part } from './parts.ts'
import { type Positions, positionsOf } from './positions.ts'

/**
 * √hiddenSize · word + position, with dropout.
 *
 * @see Vaswani et al. 2017, section 3.4
 */
export class TranslationEmbeddings extends Module {
  readonly words: Embedding
  readonly positions: Positions
  readonly dropout: Dropout

  /** @param words the table `[vocabularySize, hiddenSize]` that source, target and output share */
  constructor(options: TranslationOptions, words: Embedding) {
    super()
    this.words = words
    this.positions = positionsOf(part(options, 0))
    this.dropout = new Dropout(options.config.dropout)
  }

  /**
   * @param ids i32 `[batch, length]`, padding at the right
   * @returns `[batch, length, hiddenSize]`
   */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    const embedded = this.#at(ids, 0, ids.shape[1]!)
    return this.dropout.forward(embedded, branch(options, 0))
  }

  /**
   * Tokens that all have the same place.
   *
   * @param ids i32 `[sources, rows]`
   * @param place counted from 0
   * @returns `[sources, rows, hiddenSize]`
   */
  next(ids: Tensor, place: number): Tensor {
    return this.#at(ids, place, 1)
  }

  #at(ids: Tensor, start: number, length: number): Tensor {
    const words = this.words.forward(ids)
    const places = cast(this.positions.forward(start, length), words.dtype) // [length, hiddenSize]
    return add(mul(words, Math.sqrt(words.shape[2]!)), places)
  }
}
