import { foldIn, type Key } from '@tlc/tensor'
import { permutation } from './permutation.ts'

export interface BucketedBatchesOptions {
  /** Ids of each example; of a pair of sequences, what its longer one has. `[examples]` */
  readonly lengths: ArrayLike<number>
  /** of the order; each epoch has its own */
  readonly key: Key
  /** Places of a batch, padding included: rows times their length. Without end by default. */
  readonly maxTokens?: number
  /** Rows of a batch. Without end by default; one of the two limits must be given. */
  readonly maxExamples?: number
  /** Rows are padded to a multiple of this length, so that there are few shapes. Default 8. */
  readonly multipleOf?: number
  /** Rows are not padded beyond this length, which no example may exceed. Without end by default. */
  readonly maxLength?: number
}

/** Examples to be padded to one length. */
export interface BucketedBatch {
  /** numbers of the examples */
  readonly examples: Int32Array
  /** of the padded rows */
  readonly length: number
}

/**
 * Batches of examples of like length, so that little of them is padding. Examples are sorted by their padded length, those
 * of one length in random order, and cut into batches that keep the limits; batches come in random order. Every epoch has
 * each example once. Step s is the same however it is reached: a run that is resumed there needs nothing but s.
 */
export class BucketedBatches {
  /** the part of all places in an epoch's batches that is padding */
  readonly paddingShare: number
  readonly #options: BucketedBatchesOptions
  /** Examples by their padded length. */
  readonly #sorted: Int32Array
  /** Where each batch, and each run of one padded length, begins in them; and the end. */
  readonly #starts: readonly number[]
  readonly #runs: readonly number[]
  /** of the rows of each batch */
  readonly #widths: readonly number[]
  #epoch: { readonly number: number; readonly examples: Int32Array; readonly order: Int32Array } | undefined

  /** @throws RangeError if there are no examples, no limit, or an example that is longer than the limits allow */
  constructor(options: BucketedBatchesOptions) {
    const { lengths } = options
    const padded = paddedLengths(options)
    this.#options = options
    this.#sorted = Int32Array.from(padded, (_, example) => example).sort((a, b) => padded[a]! - padded[b]! || a - b)
    const sorted = this.#sorted.map((example) => padded[example]!)
    this.#starts = cut(sorted, options)
    this.#runs = [...sorted.keys()].filter((at) => sorted[at] !== sorted[at - 1]).concat(sorted.length)
    this.#widths = this.#starts.slice(1).map((end) => sorted[end - 1]!)
    const places = this.#widths.reduce((sum, width, batch) => sum + width * this.#rowsOf(batch), 0)
    let ids = 0
    for (let example = 0; example < lengths.length; example++) ids += lengths[example]!
    this.paddingShare = 1 - ids / places
  }

  get batchesPerEpoch(): number {
    return this.#widths.length
  }

  /** The batch of a step, counted from 0; epochs follow one another. */
  batch(step: number): BucketedBatch {
    if (!(Number.isSafeInteger(step) && step >= 0))
      throw new RangeError(`batch: step must be a whole number >= 0, got ${step}`)
    const { examples, order } = this.#epochOf(Math.floor(step / this.batchesPerEpoch))
    const batch = order[step % this.batchesPerEpoch]!
    return { examples: examples.slice(this.#starts[batch], this.#starts[batch + 1]), length: this.#widths[batch]! }
  }

  #rowsOf(batch: number): number {
    return this.#starts[batch + 1]! - this.#starts[batch]!
  }

  #epochOf(number: number): { readonly examples: Int32Array; readonly order: Int32Array } {
    if (this.#epoch?.number !== number) {
      const key = foldIn(this.#options.key, number)
      const examples = this.#sorted.slice()
      for (let run = 0; run + 1 < this.#runs.length; run++) {
        const members = this.#sorted.subarray(this.#runs[run], this.#runs[run + 1])
        const order = permutation(foldIn(key, 1 + run), members.length)
        examples.set(
          order.map((place) => members[place]!),
          this.#runs[run],
        )
      }
      this.#epoch = { number, examples, order: permutation(foldIn(key, 0), this.batchesPerEpoch) }
    }
    return this.#epoch!
  }
}

function paddedLengths(options: BucketedBatchesOptions): Int32Array {
  const { lengths, maxTokens = Infinity, maxExamples = Infinity, multipleOf = 8, maxLength = Infinity } = options
  const limits = { maxTokens, maxExamples, multipleOf, maxLength }
  for (const [name, limit] of Object.entries(limits)) {
    if (!((Number.isInteger(limit) || limit === Infinity) && limit >= 1))
      throw new RangeError(`BucketedBatches: ${name} must be a whole number >= 1, got ${limit}`)
  }
  if (lengths.length === 0) throw new RangeError('BucketedBatches: there are no examples')
  if (maxTokens === Infinity && maxExamples === Infinity)
    throw new RangeError('BucketedBatches: give maxTokens, maxExamples or both; else all examples are one batch')
  if (multipleOf === Infinity) throw new RangeError('BucketedBatches: multipleOf must be a whole number, got Infinity')
  return Int32Array.from(lengths, (length, example) => {
    if (!(Number.isInteger(length) && length >= 1 && length <= maxLength)) {
      throw new RangeError(
        `BucketedBatches: example ${example} has ${length} ids, expected a whole number from 1 to maxLength ${maxLength}; ` +
          'truncate it first',
      )
    }
    const padded = Math.min(Math.ceil(length / multipleOf) * multipleOf, maxLength)
    if (padded <= maxTokens) return padded
    throw new RangeError(
      `BucketedBatches: example ${example}, padded to ${padded} ids, does not fit in maxTokens ${maxTokens}; ` +
        'give more, or truncate it first',
    )
  })
}

/** Where batches begin, and the end: each takes as many of the ascending lengths as the limits allow. */
function cut(
  ascending: Int32Array,
  { maxTokens = Infinity, maxExamples = Infinity }: BucketedBatchesOptions,
): number[] {
  const starts = [0]
  ascending.forEach((length, at) => {
    const rows = at - starts.at(-1)! + 1
    if (rows > maxExamples || rows * length > maxTokens) starts.push(at)
  })
  return [...starts, ascending.length]
}
