import { UserError } from '../../user-error.ts'
import type { TokenizedDataset } from '../tokens/tokenized-dataset.ts'
import type { Documents } from './documents.ts'

/** Sequences of one length to pretrain on, read when they are needed. */
export interface PackedSequences {
  readonly count: number
  readonly length: number
  /** the part of all ids that is padding; 0 where sequences cross documents */
  readonly paddingShare: number
  /** Ids that did not fill a last sequence, special ones included. */
  readonly leftOver: number
  /** The chosen sequences, one after another. `[chosen, length]` */
  readonly rows: (chosen: ArrayLike<number>) => Int32Array
}

export interface PackingOptions {
  /** ids of a sequence, special ones included */
  readonly length: number
  /**
   * Whether a sequence goes on into the next document (default): then all are full. Else each document begins a sequence
   * of its own and what is left of its last one is padding.
   */
  readonly crossDocuments?: boolean
}

/**
 * Documents as sequences. Crossing: each document as `<s> … </s>`, one after another, cut every `length` ids. Not
 * crossing: each document in pieces of `length - 2` ids, each as `<s> … </s>`.
 *
 * @throws UserError if there are not enough ids for one sequence
 * @see Liu et al. 2019, section 4.2: full-sentences and doc-sentences
 */
export function packedSequences(
  data: TokenizedDataset,
  documents: Documents,
  { length, crossDocuments = true }: PackingOptions,
): PackedSequences {
  const shortest = crossDocuments ? 1 : 3 // an id between those that frame it
  if (!(Number.isInteger(length) && length >= shortest))
    throw new RangeError(`packedSequences: length must be a whole number >= ${shortest}, got ${length}`)
  const packed = (crossDocuments ? packAcross : packWithin)(data, documents, length)
  if (packed.count > 0) return packed
  throw new UserError(
    `${data.facts.name}: ${documents.split} has ${documents.tokens + 2 * documents.items.length} ids, cannot make ` +
      `sequences of ${length}; give more text or a smaller length`,
  )
}

function packAcross(data: TokenizedDataset, { items, lengths }: Documents, length: number): PackedSequences {
  const { begin, end } = data.facts.frame
  const starts = sums(lengths, (ids) => ids + 2) // [documents + 1]
  const total = starts[items.length] as number
  const count = Math.floor(total / length)

  /** Fills a row with the stream of all framed documents, from a place in it. */
  const fill = (row: Int32Array, from: number): void => {
    for (let document = lastAtMost(starts, from), done = 0; done < row.length; document++) {
      const framed = (lengths[document] as number) + 2
      const offset = from + done - (starts[document] as number)
      const piece = row.subarray(done, done + framed - offset)
      const hasBegin = offset === 0
      const hasEnd = offset + piece.length === framed
      const ids = piece.subarray(hasBegin ? 1 : 0, hasEnd ? -1 : piece.length)
      data.copy(items[document] as number, 0, hasBegin ? 0 : offset - 1, ids)
      if (hasBegin) piece[0] = begin
      if (hasEnd) piece[piece.length - 1] = end
      done += piece.length
    }
  }
  return {
    count,
    length,
    paddingShare: 0,
    leftOver: total - count * length,
    rows(chosen) {
      const ids = new Int32Array(chosen.length * length) // [chosen, length]
      for (let row = 0; row < chosen.length; row++) {
        fill(ids.subarray(row * length, (row + 1) * length), (chosen[row] as number) * length)
      }
      return ids
    },
  }
}

function packWithin(data: TokenizedDataset, { items, lengths, tokens }: Documents, length: number): PackedSequences {
  const { begin, end, pad } = data.facts.frame
  const room = length - 2
  const starts = sums(lengths, (ids) => Math.ceil(ids / room)) // sequences before each document, [documents + 1]
  const count = starts[items.length] as number
  return {
    count,
    length,
    paddingShare: 1 - (tokens + 2 * count) / (count * length),
    leftOver: 0,
    rows(chosen) {
      const ids = new Int32Array(chosen.length * length).fill(pad) // [chosen, length]
      for (let row = 0; row < chosen.length; row++) {
        const sequence = chosen[row] as number
        const document = lastAtMost(starts, sequence)
        const from = (sequence - (starts[document] as number)) * room
        const to = Math.min(from + room, lengths[document] as number)
        const at = row * length
        ids[at] = begin
        data.copy(items[document] as number, 0, from, ids.subarray(at + 1, at + 1 + to - from))
        ids[at + 1 + to - from] = end
      }
      return ids
    },
  }
}

/** What lies before each document, and at last before the end. `[documents + 1]` */
function sums(lengths: Float64Array, measure: (length: number) => number): Float64Array {
  const starts = new Float64Array(lengths.length + 1)
  lengths.forEach((length, index) => {
    starts[index + 1] = (starts[index] as number) + measure(length)
  })
  return starts
}

/** The place of the last of ascending numbers that is not above a value. */
function lastAtMost(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as number) <= value) low = middle
    else high = middle
  }
  return low
}
