import { copyOf, readable } from './readable.ts'
import { wordEnd } from './words.ts'

/** Longer words are counted in pieces of this length, so that one endless word takes neither all memory nor all time. */
const longestWord = 256
const defaultMaxWords = 2 ** 20
/** The part of a full table that is freed at once: dropping costs a constant for each word that was added. */
const freedShare = 0.25

export interface WordCountsOptions {
  /** Put a space before a text that has none, so that its first word is like any other. Default false. */
  readonly addPrefixSpace?: boolean
  /** Distinct words to hold at most; of more the rarest are dropped. Default 1,048,576: some 400 MB. */
  readonly maxWords?: number
}

/**
 * How often each word occurs, in bounded memory. When the table is full, all words that occurred `t` times or less leave
 * it, where `t` is the smallest number that frees a quarter of it. A word that comes back counts from 1 again, so that
 * every count is too low by at most `undercount`, the sum of those `t`. Until then counts are exact in any order of texts;
 * after it the same texts in the same order give the same counts.
 *
 * @see Manku & Motwani 2002, section 4.2 (lossy counting; theirs drops after every so many words)
 */
export class WordCounts {
  readonly addPrefixSpace: boolean
  readonly #maxWords: number
  readonly #counts = new Map<string, number>()
  #texts = 0
  #dropped = 0
  #undercount = 0

  /** @throws RangeError for a `maxWords` that is not a whole number > 0 */
  constructor(options: WordCountsOptions = {}) {
    const { addPrefixSpace = false, maxWords = defaultMaxWords } = options
    if (!(Number.isInteger(maxWords) && maxWords > 0 && maxWords < 2 ** 24)) {
      throw new RangeError(`maxWords must be a whole number from 1 to ${2 ** 24 - 1}, got ${maxWords}`)
    }
    this.addPrefixSpace = addPrefixSpace
    this.#maxWords = maxWords
  }

  /** Texts counted. */
  get texts(): number {
    return this.#texts
  }

  /** Distinct words held. */
  get words(): number {
    return this.#counts.size
  }

  /** Occurrences that were counted and then dropped because the table was full; 0: all counts are exact. */
  get dropped(): number {
    return this.#dropped
  }

  /** What every count is too low by, at most. */
  get undercount(): number {
    return this.#undercount
  }

  entries(): Iterable<[word: string, count: number]> {
    return this.#counts
  }

  add(raw: string): void {
    const text = readable(raw, this.addPrefixSpace)
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = wordEnd(text, start)
      for (let from = start, to = 0; from < end; from = to) {
        to = pieceEnd(text, from, end)
        this.#count(text.slice(from, to))
      }
    }
    this.#texts++
  }

  #count(word: string): void {
    const count = this.#counts.get(word)
    if (count !== undefined) {
      this.#counts.set(word, count + 1)
      return
    }
    if (this.#counts.size === this.#maxWords) this.#dropRarest()
    this.#counts.set(copyOf(word), 1)
  }

  #dropRarest(): void {
    const ascending = Float64Array.from(this.#counts.values()).sort()
    const threshold = ascending[Math.ceil(freedShare * ascending.length) - 1] as number
    for (const [word, count] of this.#counts) {
      if (count > threshold) continue
      this.#counts.delete(word)
      this.#dropped += count
    }
    this.#undercount += threshold
  }
}

/** Where the piece of a word ends that starts at `from`; no pair of surrogates is cut. */
function pieceEnd(text: string, from: number, wordEnd: number): number {
  const end = from + longestWord
  if (end >= wordEnd) return wordEnd
  return (text.codePointAt(end - 1) as number) > 0xffff ? end - 1 : end
}
