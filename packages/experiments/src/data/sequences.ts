import { UserError } from '../user-error.ts'
import type { Split } from './dataset.ts'
import type { TokenizedDataset } from './tokens.ts'

/** The special tokens that sequences are made with. */
export interface FrameIds {
  readonly begin: number
  readonly end: number
  readonly pad: number
}

/** Sequences of one length, all full. */
export interface PackedSequences {
  /** `[count, length]` */
  readonly ids: Int32Array
  readonly count: number
  readonly length: number
}

/** One sequence per document, padded. */
export interface LabelledSequences extends PackedSequences {
  /** How many ids of each sequence are not padding. `[count]` */
  readonly lengths: Int32Array
  /** `[count]` */
  readonly labels: Int32Array
}

/**
 * The documents of a split, each as `<s> … </s>`, one after another, cut every `length` ids; what does not fill a last
 * sequence is left out.
 *
 * @throws UserError if there are not enough ids for one sequence
 * @see Liu et al. 2019, section 4.2 (full sentences)
 */
export function packedSequences(data: TokenizedDataset, split: Split, length: number): PackedSequences {
  const [start, end] = data.splits[split]
  const available = offset(data, end) - offset(data, start) + 2 * (end - start)
  const count = Math.floor(available / length)
  if (!(Number.isInteger(length) && length > 0 && count > 0)) {
    throw new UserError(
      `${data.name}: ${split} has ${available} ids, cannot make sequences of ${length}; give more text or a smaller length`,
    )
  }
  const stream = new Int32Array(available)
  let at = 0
  for (let document = start; document < end; document++) {
    const ids = idsOf(data, document)
    stream[at] = data.frame.begin
    stream.set(ids, at + 1)
    stream[at + ids.length + 1] = data.frame.end
    at += ids.length + 2
  }
  return { ids: stream.slice(0, count * length), count, length } // [count, length]
}

/**
 * The documents of a split, each as `<s> … </s>`: long ones keep their beginning, short ones are padded at the end.
 *
 * @param length ids of a sequence, >= 3
 * @param limit the first so many documents of the split; all by default
 * @throws UserError if the data set has no labels
 */
export function labelledSequences(
  data: TokenizedDataset,
  split: Split,
  length: number,
  limit: number = Infinity,
): LabelledSequences {
  if (data.labels.length === 0) {
    throw new UserError(
      `${data.name}: no labels, but a task is to be learned from it; give a .tsv with label<TAB>text, or .jsonl`,
    )
  }
  if (!(Number.isInteger(length) && length >= 3)) {
    throw new RangeError(
      `labelledSequences: length must be a whole number >= 3 to hold a text and its frame, got ${length}`,
    )
  }
  const [start, end] = data.splits[split]
  const count = Math.min(end - start, limit)
  const ids = new Int32Array(count * length).fill(data.frame.pad) // [count, length]
  const lengths = new Int32Array(count)
  for (let sequence = 0; sequence < count; sequence++) {
    const text = idsOf(data, start + sequence).subarray(0, length - 2)
    const row = sequence * length
    ids[row] = data.frame.begin
    ids.set(text, row + 1)
    ids[row + text.length + 1] = data.frame.end
    lengths[sequence] = text.length + 2
  }
  return { ids, lengths, labels: data.classes.slice(start, start + count), count, length }
}

function offset(data: TokenizedDataset, document: number): number {
  return data.offsets[document] as number
}

function idsOf(data: TokenizedDataset, document: number): Uint16Array | Uint32Array {
  return data.ids.subarray(offset(data, document), offset(data, document + 1))
}
