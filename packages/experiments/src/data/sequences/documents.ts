import { UserError } from '../../user-error.ts'
import type { Split } from '../splits.ts'
import type { TokenizedDataset } from '../tokens/tokenized-dataset.ts'

/** Some documents of a data set, in order. */
export interface Documents {
  readonly split: Split
  /** `[documents]` */
  readonly items: Int32Array
  /** How many ids of each document, from its first, belong to them. `[documents]` */
  readonly lengths: Float64Array
  /** of all of them, without special ones */
  readonly tokens: number
}

/**
 * The documents of a split, or the first of them that have together exactly round(share · tokens) ids: the last one is
 * cut. Smaller shares are parts of larger ones; which documents come first, the seed of the data set says.
 *
 * @param share 0 < share <= 1
 * @throws UserError if the share has no ids
 */
export function selectDocuments(data: TokenizedDataset, split: Split, share = 1): Documents {
  if (!(share > 0 && share <= 1)) throw new RangeError(`selectDocuments: share must be > 0 and <= 1, got ${share}`)
  const items = data.itemsOf(split)
  const lengths = Float64Array.from(items, (item) => data.lengthOf(item))
  const all = lengths.reduce((sum, length) => sum + length, 0)
  const tokens = Math.round(share * all)
  if (tokens === 0) {
    throw new UserError(`${data.facts.name}: ${split} has ${all} ids, a share of ${share} has none; give more text`)
  }
  let [chosen, left] = [0, tokens]
  while (left > 0) {
    lengths[chosen] = Math.min(left, lengths[chosen] as number)
    left -= lengths[chosen++] as number
  }
  return { split, items: items.slice(0, chosen), lengths: lengths.slice(0, chosen), tokens }
}
