import { Heap } from './heap.ts'

/** Ranks and positions share one double: 2²¹ merges, words up to 2³² bytes. */
const positions = 2 ** 32
const largestMerges = 2 ** 21

/** The learned merges, looked up by the two ids that stand side by side. */
export class MergeTable {
  readonly #ranks = new Map<number, number>()
  readonly #merged: number[] = []
  readonly #vocabularySize: number

  constructor(vocabularySize: number) {
    this.#vocabularySize = vocabularySize
  }

  /** Adds the merge of the next rank: `left right` becomes `merged`. */
  add(left: number, right: number, merged: number): void {
    if (this.#merged.length === largestMerges) throw new RangeError(`MergeTable: at most ${largestMerges} merges`)
    this.#ranks.set(left * this.#vocabularySize + right, this.#merged.length)
    this.#merged.push(merged)
  }

  /**
   * Applies the merges to a word until none fits: always the one learned first, from left to right. O(n log n), so
   * that a word of a million bytes is no trouble.
   */
  apply(word: readonly number[]): number[] {
    const ids = [...word]
    const next = ids.map((_, index) => index + 1)
    const previous = ids.map((_, index) => index - 1)
    const queue = new Heap<number>((a, b) => a < b)
    const offer = (at: number): void => {
      const rank = this.#rankAt(ids, next, at)
      if (rank !== undefined) queue.push(rank * positions + at)
    }
    for (let at = 0; at + 1 < ids.length; at++) offer(at)
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const rank = Math.floor(entry / positions)
      const at = entry % positions
      if (this.#rankAt(ids, next, at) !== rank) continue // one of the two was merged elsewhere meanwhile
      const absorbed = next[at] as number
      const after = next[absorbed] as number
      ids[at] = this.#merged[rank] as number
      ids[absorbed] = -1
      next[at] = after
      if (after < ids.length) previous[after] = at
      const before = previous[at] as number
      if (before >= 0) offer(before)
      offer(at)
    }
    return ids.filter((id) => id >= 0)
  }

  #rankAt(ids: readonly number[], next: readonly number[], at: number): number | undefined {
    const left = ids[at] as number
    const right = ids[next[at] as number]
    return left < 0 || right === undefined ? undefined : this.#ranks.get(left * this.#vocabularySize + right)
  }
}
