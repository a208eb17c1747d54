import { cast, gather, logSoftmax, reshape, scope, type Tensor, tensor } from '@tlc/tensor'
import type { Candidates, NextTokenScorer } from '../generation/sequence-model.ts'
import type { KeysAndValues } from './attend.ts'
import type { LayerCache } from './decoder.ts'
import type { TransformerForTranslation } from './model.ts'
import { readMostProbable } from './most-probable.ts'
import { sourceIds } from './sources.ts'

/**
 * Decodes one token at a time. Keys and values of the tokens so far are kept, and those of the sources are projected
 * once. Rows of one source stay together, and attend to it as so many queries: its keys are never copied for them.
 */
export class CachedScorer implements NextTokenScorer {
  readonly #model: TransformerForTranslation
  #caches: readonly LayerCache[]
  /** hides the sources' padding, `[sources, 1, 1, length]` */
  #bias: Tensor
  #sources: number
  #rowsOfEach = 1
  /** what rows the targets' caches go on with, if others than they have; they move with the next token */
  #order: Int32Array | undefined
  #length = 0

  constructor(model: TransformerForTranslation, sources: readonly Int32Array[]) {
    using inner = scope()
    const encoded = model.encode(sourceIds(sources, model.config))
    this.#model = model
    this.#bias = inner.keep(encoded.bias)
    this.#caches = model.decoder.layer.map((layer) => ({
      target: undefined,
      source: kept(layer.overSource(encoded), (x) => inner.keep(x)),
    }))
    this.#sources = sources.length
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
    const sources = sourcesOf(rows, this.#rowsOfEach)
    const rowsChange = rows.length !== this.#sources * this.#rowsOfEach || rows.some((row, index) => row !== index)
    const sourcesChange = sources.length !== this.#sources || sources.some((source, index) => source !== index)
    if (!rowsChange) return
    using inner = scope()
    const before = this.#caches
    if (sourcesChange) {
      const bySource = tensor(sources, { dtype: 'i32' })
      this.#caches = before.map(({ target, source }) => ({
        target,
        source: kept(source, (x) => inner.keep(gather(x, bySource))),
      }))
      for (const { source } of before) free(source)
      using former = this.#bias
      this.#bias = inner.keep(gather(former, bySource))
    }
    const order = this.#order
    this.#order = order ? rows.map((row) => order[row]!) : rows.slice()
    this.#sources = sources.length
    this.#rowsOfEach = rows.length / sources.length
  }

  [Symbol.dispose](): void {
    for (const { target, source } of this.#caches) {
      if (target) free(target)
      free(source)
    }
    this.#bias.dispose()
    this.#caches = []
  }

  #next(tokens: Int32Array): Tensor {
    using inner = scope()
    const model = this.#model
    const ids = tensor(tokens, { shape: [this.#sources, this.#rowsOfEach], dtype: 'i32' })
    const before = this.#caches
    const x = model.targetEmbeddings.next(ids, this.#length)
    const order = this.#order && tensor(this.#order, { dtype: 'i32' })
    const { y, targets } = model.decoder.step(x, before, this.#bias, order)
    this.#order = undefined
    this.#caches = before.map(({ source }, index) => {
      const target = targets[index]
      return { source, target: target && kept(target, (x) => inner.keep(x)) }
    })
    for (const { target } of before) if (target) free(target)
    this.#length++
    const logits = model.projection.forward(reshape(y, [tokens.length, -1])) // [rows, vocabularySize]
    return inner.keep(logSoftmax(cast(logits, 'f32')))
  }
}

/** The source of each group of rows, by the rows they were. */
function sourcesOf(rows: Int32Array, rowsOfEach: number): Int32Array {
  const ofRows = rows.map((row) => Math.floor(row / rowsOfEach))
  const sources = ofRows.filter((source, index) => index === 0 || source !== ofRows[index - 1])
  const each = rows.length / sources.length
  if (!Number.isInteger(each) || ofRows.some((source, index) => source !== sources[Math.floor(index / each)])) {
    throw new RangeError(
      `select: sources must have the same number of rows, got rows of the sources ${ofRows.join(', ')}`,
    )
  }
  return sources
}

function kept({ keys, values }: KeysAndValues, keep: (x: Tensor) => Tensor): KeysAndValues {
  return { keys: keep(keys), values: keep(values) }
}

function free({ keys, values }: KeysAndValues): void {
  keys.dispose()
  values.dispose()
}
