import { cast, gather, logSoftmax, reshape, scope, slice, type Tensor, tensor } from '@tlc/tensor'
import type { Candidates, NextTokenScorer, SequenceModel } from '../generation/sequence-model.ts'
import type { TransformerForTranslation } from './model.ts'
import { readMostProbable } from './most-probable.ts'
import type { EncodedSource } from './options.ts'
import { sourceIds } from './sources.ts'

/**
 * The same model without a cache: the decoder reads the whole target again for each token. It is what the cache means,
 * and what its speed is measured against.
 */
export class Rereading implements SequenceModel {
  readonly config: TransformerForTranslation['config']
  readonly #model: TransformerForTranslation

  constructor(model: TransformerForTranslation) {
    this.config = model.config
    this.#model = model
  }

  begin(sources: readonly Int32Array[]): NextTokenScorer {
    return new RereadingScorer(this.#model, sources)
  }
}

class RereadingScorer implements NextTokenScorer {
  readonly #model: TransformerForTranslation
  #source: EncodedSource
  /** the tokens of each row */
  #rows: readonly (readonly number[])[]

  constructor(model: TransformerForTranslation, sources: readonly Int32Array[]) {
    using inner = scope()
    this.#model = model
    const { hidden, bias } = model.encode(sourceIds(sources, model.config))
    this.#source = { hidden: inner.keep(hidden), bias: inner.keep(bias) }
    this.#rows = sources.map(() => [])
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    using logProbabilities = this.#next(tokens)
    return (await logProbabilities.data()) as Float32Array
  }

  async stepToBest(tokens: Int32Array, count: number): Promise<Candidates> {
    using logProbabilities = this.#next(tokens)
    return await readMostProbable(logProbabilities, count)
  }

  select(rows: Int32Array): void {
    using inner = scope()
    const ids = tensor(rows, { dtype: 'i32' })
    using hidden = this.#source.hidden
    using bias = this.#source.bias
    this.#source = { hidden: inner.keep(gather(hidden, ids)), bias: inner.keep(gather(bias, ids)) }
    this.#rows = Array.from(rows, (row) => this.#rows[row]!)
  }

  [Symbol.dispose](): void {
    this.#source.hidden.dispose()
    this.#source.bias.dispose()
  }

  #next(tokens: Int32Array): Tensor {
    using inner = scope()
    this.#rows = this.#rows.map((row, index) => [...row, tokens[index]!])
    const [rows, length] = [this.#rows.length, this.#rows[0]!.length]
    const ids = tensor(Int32Array.from(this.#rows.flat()), { shape: [rows, length], dtype: 'i32' })
    const hidden = this.#model.decode(ids, this.#source) // [rows, length, hiddenSize]
    const last = reshape(slice(hidden, [0, length - 1]), [rows, -1]) // [rows, hiddenSize]
    return inner.keep(logSoftmax(cast(this.#model.projection.forward(last), 'f32')))
  }
}
