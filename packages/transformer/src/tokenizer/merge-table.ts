import { Heap } from './heap.ts'

/** Ranks and positions share one double: 2²¹ merges, words up to 2³² bytes. */
const positions = 2 ** 32
const largestMerges = 2 ** 21
/** Up to this many symbols, looking at all of them for each merge takes less time than a heap. */
const shortWord = 64
const none = -1

/** One learned merge: ids of what stood side by side, and of what they became. */
export type Merge = readonly [left: number, right: number, merged: number]

/** The learned merges, first to last, looked up by the two ids that stand side by side. */
export class MergeTable {
  /** Open addressing: `left`, `right`, rank of the merge + 1; rank 0: free. */
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #merged: Int32Array

  /** @throws RangeError for more merges than fit */
  constructor(merges: readonly Merge[]) {
    if (merges.length > largestMerges) {
      throw new RangeError(`tokenizer: at most ${largestMerges} merges, got ${merges.length}`)
    }
    const capacity = 2 ** Math.ceil(Math.log2(2 * merges.length + 2))
    this.#slots = new Int32Array(3 * capacity)
    this.#mask = capacity - 1
    this.#merged = Int32Array.from(merges, ([, , merged]) => merged)
    merges.forEach(([left, right], rank) => {
      const slot = this.#slot(left, right)
      this.#slots.set([left, right, rank + 1], slot) // of a pair that is given twice the last one counts
    })
  }

  /**
   * Applies the merges to a word until none fits: always the one learned first, from left to right.
   *
   * @param word its symbols; overwritten
   */
  apply(word: Int32Array): Int32Array {
    return word.length <= shortWord ? this.#applyByLooking(word) : this.#applyByHeap(word)
  }

  /** O(n²) */
  #applyByLooking(ids: Int32Array): Int32Array {
    let length = ids.length
    const ranks = new Int32Array(length)
    for (let at = 0; at + 1 < length; at++) ranks[at] = this.#rank(ids[at] as number, ids[at + 1] as number)
    for (;;) {
      let best = none
      let bestRank = largestMerges
      for (let at = 0; at + 1 < length; at++) {
        const rank = ranks[at] as number
        if (rank === none || rank >= bestRank) continue
        best = at
        bestRank = rank
      }
      if (best === none) return ids.slice(0, length)
      ids.copyWithin(best + 1, best + 2, length)
      ranks.copyWithin(best + 1, best + 2, length)
      length--
      ids[best] = this.#merged[bestRank] as number
      if (best > 0) ranks[best - 1] = this.#rank(ids[best - 1] as number, ids[best] as number)
      if (best + 1 < length) ranks[best] = this.#rank(ids[best] as number, ids[best + 1] as number)
    }
  }

  /** O(n log n): a word of ten million bytes is no trouble. */
  #applyByHeap(ids: Int32Array): Int32Array {
    const next = new Int32Array(ids.length)
    const previous = new Int32Array(ids.length)
    for (let at = 0; at < ids.length; at++) {
      next[at] = at + 1
      previous[at] = at - 1
    }
    const queue = new Heap<number>((a, b) => a < b)
    const rankAt = (at: number): number => {
      const after = next[at] as number
      const left = ids[at] as number
      return left < 0 || after >= ids.length ? none : this.#rank(left, ids[after] as number)
    }
    const offer = (at: number): void => {
      const rank = rankAt(at)
      if (rank !== none) queue.push(rank * positions + at)
    }
    for (let at = 0; at + 1 < ids.length; at++) offer(at)
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const rank = Math.floor(entry / positions)
      const at = entry % positions
      if (rankAt(at) !== rank) continue // one of the two was merged elsewhere meanwhile
      const absorbed = next[at] as number
      const after = next[absorbed] as number
      ids[at] = this.#merged[rank] as number
      ids[absorbed] = none
      next[at] = after
      if (after < ids.length) previous[after] = at
      const before = previous[at] as number
      if (before >= 0) offer(before)
      offer(at)
    }
    return ids.filter((id) => id >= 0)
  }

  /** When the pair was learned, `none` if it was not. */
  #rank(left: number, right: number): number {
    return (this.#slots[this.#slot(left, right) + 2] as number) - 1
  }

  /** Where the pair is, or would be. */
  #slot(left: number, right: number): number {
    const slots = this.#slots
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)
    let index = (mixed ^ (mixed >>> 15)) & this.#mask
    while (slots[3 * index + 2] !== 0 && (slots[3 * index] !== left || slots[3 * index + 1] !== right)) {
      index = (index + 1) & this.#mask
    }
    return 3 * index
  }
}
