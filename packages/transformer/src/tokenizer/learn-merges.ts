import { Heap } from './heap.ts'

/** A word as ids of symbols, and how often it occurs. */
export interface CountedWord {
  readonly symbols: number[]
  readonly count: number
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
  readonly onMerge?: (merges: number) => void
}

/**
 * Byte-pair encoding: merges the most frequent pair of neighbouring symbols into a new symbol, over and over, until the
 * vocabulary is full or no pair occurs `minFrequency` times. Of equally frequent pairs the one with the smaller ids wins.
 *
 * Counts are kept up to date by visiting only the words that hold the merged pair. A heap offers the candidates: the
 * count in it is that of the moment it was pushed, so a candidate whose count has dropped since goes back with its new one.
 *
 * @param words their symbols are merged in place
 * @param vocabulary the alphabet, by id; the merged symbols are appended
 * @returns the merges, in order, as pairs of ids
 * @see Sennrich et al. 2016, algorithm 1
 */
export function learnMerges(
  words: readonly CountedWord[],
  vocabulary: string[],
  options: LearnMergesOptions,
): [number, number][] {
  const { vocabularySize, minFrequency, reserved, onMerge } = options
  const ids = new Map(vocabulary.map((token, id) => [token, id]))
  const pairs = new PairCounts(vocabularySize)
  words.forEach(({ symbols, count }, word) => {
    for (let at = 0; at + 1 < symbols.length; at++) {
      pairs.add(symbols[at] as number, symbols[at + 1] as number, count, word)
    }
  })
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
    for (const word of holders) mergeInWord(words[word] as CountedWord, word, left, right, merged, pairs)
    pairs.remove(pair)
    pairs.offerGrown()
    onMerge?.(merges.length)
  }
  return merges
}

/** Replaces every `left right` of the word by `merged`, left to right, and moves the counts of the neighbours along. */
function mergeInWord(
  { symbols, count }: CountedWord,
  word: number,
  left: number,
  right: number,
  merged: number,
  pairs: PairCounts,
): void {
  let write = 0
  for (let read = 0; read < symbols.length; write++) {
    if (symbols[read] !== left || symbols[read + 1] !== right) {
      symbols[write] = symbols[read++] as number
      continue
    }
    const before = write > 0 ? symbols[write - 1] : undefined
    const after = symbols[read + 2]
    if (before !== undefined) {
      pairs.add(before, left, -count, word)
      pairs.add(before, merged, count, word)
    }
    if (after !== undefined) {
      pairs.add(right, after, -count, word)
      pairs.add(merged, after, count, word)
    }
    symbols[write] = merged
    read += 2
  }
  symbols.length = write
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
