import { foldIn, type Key } from '@tlc/tensor'
import { permutation } from './permutation.ts'

/** Where a stream of batches is: what a checkpoint saves. */
export interface BatchPosition {
  /** passes over the data that are complete */
  readonly epoch: number
  /** batches drawn in this pass */
  readonly batch: number
}

export interface BatchesOptions {
  /** examples in the data */
  readonly length: number
  readonly batchSize: number
  /** of the order; each epoch has its own */
  readonly key: Key
  /** where to go on; at the start by default */
  readonly position?: BatchPosition
}

/**
 * Batches of example numbers without end: every epoch is a new random order of all examples, and those that do not fill
 * its last batch are left for other epochs. The same options give the same batches, and a stream resumed at a position
 * gives those that the uninterrupted one would have given.
 */
export class Batches {
  readonly #options: BatchesOptions
  readonly #perEpoch: number
  #epoch: number
  #batch: number
  #order: Int32Array

  /** @throws RangeError if there are fewer examples than a batch needs, or the position does not exist */
  constructor(options: BatchesOptions) {
    const { length, batchSize, position = { epoch: 0, batch: 0 } } = options
    if (!(Number.isInteger(batchSize) && batchSize > 0 && batchSize <= length)) {
      throw new RangeError(
        `Batches: batchSize must be a whole number from 1 to the ${length} examples there are, got ${batchSize}`,
      )
    }
    this.#options = options
    this.#perEpoch = Math.floor(length / batchSize)
    const { epoch, batch } = position
    if (!(Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(batch) && batch >= 0 && batch <= this.#perEpoch)) {
      throw new RangeError(
        `Batches: position must be an epoch >= 0 and a batch from 0 to ${this.#perEpoch}, got ${JSON.stringify(position)}; ` +
          'it belongs to other data or another batchSize',
      )
    }
    this.#epoch = epoch
    this.#batch = batch
    this.#order = this.#shuffled()
  }

  get position(): BatchPosition {
    return { epoch: this.#epoch, batch: this.#batch }
  }

  /** The examples of the next batch. `[batchSize]` */
  next(): Int32Array {
    if (this.#batch === this.#perEpoch) {
      this.#epoch++
      this.#batch = 0
      this.#order = this.#shuffled()
    }
    const { batchSize } = this.#options
    const start = this.#batch++ * batchSize
    return this.#order.slice(start, start + batchSize)
  }

  #shuffled(): Int32Array {
    return permutation(foldIn(this.#options.key, this.#epoch), this.#options.length)
  }
}
