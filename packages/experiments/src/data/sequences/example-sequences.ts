import { UserError } from '../../user-error.ts'
import type { Split } from '../splits.ts'
import type { TokenizedDataset } from '../tokens/tokenized-dataset.ts'

/** A sequence for each item of a split, or several windows of a long one, read when it is needed. */
export interface ExampleSequences {
  readonly count: number
  /** Ids of each sequence, special ones included, at most `maxLength`. `[count]` */
  readonly lengths: Int32Array
  /** The class of each, -1 without one. `[count]` */
  readonly labels: Int32Array
  /** The number of the item that each is of, from 0; windows of one item are neighbours. `[count]` */
  readonly items: Int32Array
  /** Items that the sequences are of. */
  readonly itemCount: number
  /** How many items lost ids because they were longer than their sequences: to be told to whoever asked for them. */
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
  /** so many sequences at most of a text that is too long for one, spread evenly from its beginning to its end; 1 by default */
  readonly windows?: number
}

/** A sequence: which ids of an item's texts it has. */
interface Span {
  readonly item: number
  /** of a text, where it begins */
  readonly start: number
  /** ids of each text */
  readonly kept: readonly number[]
}

/**
 * The items of a split as sequences: a text as `<s> … </s>`, two as `<s> … </s></s> … </s>`. What is too long keeps its
 * beginning, or becomes several windows; of two texts the longer gives way first.
 *
 * @throws RangeError for a length without room for a text, and for windows of two texts
 */
export function exampleSequences(data: TokenizedDataset, split: Split, options: ExampleOptions): ExampleSequences {
  const { maxLength, part, limit = Infinity, windows = 1 } = options
  const parts = part === undefined ? Array.from({ length: data.facts.parts }, (_, number) => number) : [part]
  const frame = parts.length === 2 ? 4 : 2
  if (!(Number.isInteger(maxLength) && maxLength > frame)) {
    throw new RangeError(
      `exampleSequences: maxLength must be a whole number >= ${frame + 1} to hold a text and its frame, got ${maxLength}`,
    )
  }
  if (!(Number.isInteger(windows) && windows >= 1 && (windows === 1 || parts.length === 1)))
    throw new RangeError(`exampleSequences: windows must be a whole number >= 1, of pairs 1, got ${windows}`)
  const room = maxLength - frame
  const items = data.itemsOf(split).subarray(0, Math.min(limit, data.itemsOf(split).length))
  const textsOf = (item: number): number[] => parts.map((each) => data.lengthOf(item, each))
  const spans = Array.from(items, (item): readonly Span[] => spansOf(item, textsOf(item), room, windows))
  const flat = spans.flat()
  const isCut = (item: number): boolean => total(textsOf(item)) > room * windows
  return {
    count: flat.length,
    lengths: Int32Array.from(flat, ({ kept }) => frame + total(kept)),
    labels: Int32Array.from(flat, ({ item }) => data.index.classes[item] as number),
    itemCount: items.length,
    items: Int32Array.from(spans.flatMap((each, number) => each.map(() => number))),
    truncated: items.reduce((count, item) => count + Number(isCut(item)), 0),
    rows(chosen, length) {
      const ids = new Int32Array(chosen.length * length).fill(data.facts.frame.pad) // [chosen, length]
      for (let row = 0; row < chosen.length; row++) {
        const number = chosen[row] as number
        const span = flat[number] as Span
        const own = frame + total(span.kept)
        if (own > length)
          throw new RangeError(`rows: sequence ${number} has ${own} ids, more than the ${length} of a row`)
        write(data, span, parts, ids.subarray(row * length, (row + 1) * length))
      }
      return ids
    },
  }
}

/** The sequences of an item: as many windows of `room` ids as cover it, but at most so many. */
function spansOf(item: number, texts: readonly number[], room: number, windows: number): readonly Span[] {
  const count = Math.min(windows, Math.max(1, Math.ceil(total(texts) / room)))
  if (count === 1) return [{ item, start: 0, kept: fit(texts, room) }]
  const last = total(texts) - room
  return Array.from({ length: count }, (_, window) => ({
    item,
    start: Math.round((window * last) / (count - 1)),
    kept: [room],
  }))
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0)
}

/** Cuts the longer of texts until all fit together. */
function fit(lengths: readonly number[], room: number): number[] {
  const [first = 0, second] = lengths
  if (second === undefined) return [Math.min(first, room)]
  const half = Math.floor(room / 2)
  const kept = Math.min(first, Math.max(room - half, room - second))
  return [kept, Math.min(second, room - kept)]
}

/** Writes the ids that a sequence has of each part, with their frame, into the beginning of a row. */
function write(data: TokenizedDataset, { item, start, kept }: Span, parts: readonly number[], row: Int32Array): void {
  const { begin, end } = data.facts.frame
  let at = 0
  for (const [place, part] of parts.entries()) {
    row[at++] = place === 0 ? begin : end
    const next = at + (kept[place] as number)
    data.copy(item, part, place === 0 ? start : 0, row.subarray(at, next))
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
