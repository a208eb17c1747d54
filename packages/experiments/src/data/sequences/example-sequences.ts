import { UserError } from '../../user-error.ts'
import type { Split } from '../splits.ts'
import type { TokenizedDataset } from '../tokens/tokenized-dataset.ts'

/** A sequence for each item of a split, read when it is needed. */
export interface ExampleSequences {
  readonly count: number
  /** Ids of each sequence, special ones included, at most `maxLength`. `[count]` */
  readonly lengths: Int32Array
  /** The class of each, -1 without one. `[count]` */
  readonly labels: Int32Array
  /** How many sequences lost ids because they were longer than `maxLength`: to be told to whoever asked for them. */
  readonly truncated: number
  /**
   * The chosen sequences, padded at the end. `[chosen, length]`
   *
   * @throws RangeError if one of them is longer
   */
  readonly rows: (chosen: ArrayLike<number>, length: number) => Int32Array
}

export interface ExampleOptions {
  /** ids of a sequence at most, special ones included */
  readonly maxLength: number
  /** One text of each item, by its number: 0 the first or the source, 1 the second or the target. All by default. */
  readonly part?: 0 | 1
  /** the first so many items of the split; all by default */
  readonly limit?: number
}

/**
 * The items of a split as sequences: a text as `<s> … </s>`, two as `<s> … </s></s> … </s>`. What is too long keeps its
 * beginning; of two texts the longer gives way first.
 *
 * @throws RangeError for a length without room for a text
 */
export function exampleSequences(data: TokenizedDataset, split: Split, options: ExampleOptions): ExampleSequences {
  const { maxLength, part, limit = Infinity } = options
  const parts = part === undefined ? Array.from({ length: data.facts.parts }, (_, number) => number) : [part]
  const frame = parts.length === 2 ? 4 : 2
  if (!(Number.isInteger(maxLength) && maxLength > frame)) {
    throw new RangeError(
      `exampleSequences: maxLength must be a whole number >= ${frame + 1} to hold a text and its frame, got ${maxLength}`,
    )
  }
  const items = data.itemsOf(split).subarray(0, Math.min(limit, data.itemsOf(split).length))
  const keptOf = (item: number): number[] =>
    fit(
      parts.map((each) => data.lengthOf(item, each)),
      maxLength - frame,
    )
  const total = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0)
  const lengths = Int32Array.from(items, (item) => frame + total(keptOf(item)))
  const isCut = (item: number): boolean => frame + total(parts.map((each) => data.lengthOf(item, each))) > maxLength
  return {
    count: items.length,
    lengths,
    labels: Int32Array.from(items, (item) => data.index.classes[item] as number),
    truncated: items.reduce((count, item) => count + Number(isCut(item)), 0),
    rows(chosen, length) {
      const ids = new Int32Array(chosen.length * length).fill(data.facts.frame.pad) // [chosen, length]
      for (let row = 0; row < chosen.length; row++) {
        const number = chosen[row] as number
        if ((lengths[number] as number) > length)
          throw new RangeError(`rows: sequence ${number} has ${lengths[number]} ids, more than the ${length} of a row`)
        const item = items[number] as number
        write(data, item, parts, keptOf(item), ids.subarray(row * length, (row + 1) * length))
      }
      return ids
    },
  }
}

/** Cuts the longer of texts until all fit together. */
function fit(lengths: readonly number[], room: number): number[] {
  const [first = 0, second] = lengths
  if (second === undefined) return [Math.min(first, room)]
  const half = Math.floor(room / 2)
  const kept = Math.min(first, Math.max(room - half, room - second))
  return [kept, Math.min(second, room - kept)]
}

/** Writes as many ids of each part as are kept, with their frame, into the beginning of a row. */
function write(
  data: TokenizedDataset,
  item: number,
  parts: readonly number[],
  kept: readonly number[],
  row: Int32Array,
): void {
  const { begin, end } = data.facts.frame
  let at = 0
  for (const [place, part] of parts.entries()) {
    row[at++] = place === 0 ? begin : end
    const next = at + (kept[place] as number)
    data.copy(item, part, 0, row.subarray(at, next))
    row[next] = end
    at = next + 1
  }
}

/** @throws UserError unless the items have labels */
export function requireLabels({ facts }: TokenizedDataset): void {
  if (facts.labels.length > 0) return
  throw new UserError(
    `${facts.name}: no labels, but a task is to be learned from it; give a .tsv with label<TAB>text, or .jsonl`,
  )
}
