import { Heap } from './heap.ts'

const wordsPerPause = 10_000

/** Words as ids of symbols, one after another in one array: word w is `symbols[starts[w]]` up to `starts[w] + lengths[w]`. */
export interface SymbolWords {
  readonly symbols: Int32Array
  readonly starts: Float64Array
  /** Merging makes words shorter in place. */
  readonly lengths: Int32Array
  /** How often each word occurs. */
  readonly counts: Float64Array
}

interface Candidate {
  readonly pair: number
  readonly count: number
}

export interface LearnMergesOptions {
  readonly vocabularySize: number
  readonly minFrequency: number
  /** Tokens that no merge may spell. */
  readonly reserved: ReadonlySet<string>
}

/**
 * Byte-pair encoding: merges the most frequent pair of neighbouring symbols into a new symbol, over and over, until the
 * vocabulary is full or no pair occurs `minFrequency` times. Of equally frequent pairs the one with the smaller ids wins.
 *
 * Counts are kept up to date by visiting only the words that hold the merged pair. A heap offers the candidates: the
 * count in it is that of the moment it was pushed, so a candidate whose count has dropped since goes back with its new one.
 *
 * A generator, so that its caller can stop it or do something else in between: it yields the number of merges so far.
 *
 * @param words their symbols are merged in place
 * @param vocabulary the alphabet, by id; the merged symbols are appended
 * @returns the merges, in order, as pairs of ids
 * @see Sennrich et al. 2016, algorithm 1
 */
export function* learnMerges(
  words: SymbolWords,
  vocabulary: string[],
  options: LearnMergesOptions,
): Generator<number, [number, number][]> {
  const { vocabularySize, minFrequency, reserved } = options
  const ids = new Map(vocabulary.map((token, id) => [token, id]))
  const pairs = new PairCounts(vocabularySize)
  for (let word = 0; word < words.lengths.length; word++) {
    pairs.addWord(words, word)
    if (word % wordsPerPause === 0) yield 0
  }
  pairs.offerGrown()

  const merges: [number, number][] = []
  while (vocabulary.length < vocabularySize) {
    const pair = pairs.takeMostFrequent(Math.max(1, minFrequency))
    if (pair === undefined) break
    const left = Math.floor(pair / vocabularySize)
    const right = pair % vocabularySize
    const token = `${vocabulary[left]}${vocabulary[right]}`
    const holders = pairs.holders(pair)
    if (reserved.has(token)) {
      pairs.remove(pair)
      continue
    }
    const merged = ids.get(token) ?? vocabulary.push(token) - 1
    ids.set(token, merged)
    merges.push([left, right])
    for (const word of holders) mergeInWord(words, word, left, right, merged, pairs)
    pairs.remove(pair)
    pairs.offerGrown()
    yield merges.length
  }
  return merges
}

/** Replaces every `left right` of the word by `merged`, left to right, and moves the counts of the neighbours along. */
function mergeInWord(
  { symbols, starts, lengths, counts }: SymbolWords,
  word: number,
  left: number,
  right: number,
  merged: number,
  pairs: PairCounts,
): void {
  const count = counts[word] as number
  const start = starts[word] as number
  const end = start + (lengths[word] as number)
  let write = start
  for (let read = start; read < end; write++) {
    if (symbols[read] !== left || read + 1 === end || symbols[read + 1] !== right) {
      symbols[write] = symbols[read++] as number
      continue
    }
    if (write > start) {
      const before = symbols[write - 1] as number
      pairs.add(before, left, -count, word)
      pairs.add(before, merged, count, word)
    }
    if (read + 2 < end) {
      const after = symbols[read + 2] as number
      pairs.add(right, after, -count, word)
      pairs.add(merged, after, count, word)
    }
    symbols[write] = merged
    read += 2
  }
  lengths[word] = write - start
}

/** How often each pair of neighbouring symbols occurs, and in which words. */
class PairCounts {
  readonly #vocabularySize: number
  readonly #counts = new Map<number, number>()
  readonly #holders = new Map<number, number[]>()
  readonly #grown = new Set<number>()
  readonly #queue = new Heap<Candidate>((a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair))

  constructor(vocabularySize: number) {
    this.#vocabularySize = vocabularySize
  }

  addWord({ symbols, starts, lengths, counts }: SymbolWords, word: number): void {
    const start = starts[word] as number
    const last = start + (lengths[word] as number) - 1
    for (let at = start; at < last; at++) {
      this.add(symbols[at] as number, symbols[at + 1] as number, counts[word] as number, word)
    }
  }

  add(left: number, right: number, change: number, word: number): void {
    const pair = left * this.#vocabularySize + right
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + change)
    if (change < 0) return
    this.#grown.add(pair)
    const holders = this.#holders.get(pair)
    if (holders === undefined) this.#holders.set(pair, [word])
    else if (holders.at(-1) !== word) holders.push(word)
  }

  /** Queues the pairs that became more frequent since the last call. */
  offerGrown(): void {
    for (const pair of this.#grown) {
      const count = this.#counts.get(pair) ?? 0
      if (count > 0) this.#queue.push({ pair, count })
    }
    this.#grown.clear()
  }

  takeMostFrequent(minFrequency: number): number | undefined {
    for (let top = this.#queue.pop(); top !== undefined; top = this.#queue.pop()) {
      const count = this.#counts.get(top.pair) ?? 0
      if (count === top.count) return count < minFrequency ? undefined : top.pair
      if (count > 0) this.#queue.push({ pair: top.pair, count })
    }
    return undefined
  }

  holders(pair: number): readonly number[] {
    return this.#holders.get(pair) ?? []
  }

  remove(pair: number): void {
    this.#counts.delete(pair)
    this.#holders.delete(pair)
    this.#grown.delete(pair)
  }
}
