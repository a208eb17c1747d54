import {
  checkVocabularyOptions,
  learnTokenizer,
  type TokenizerTrainingProgress,
  type VocabularyOptions,
} from './learn-tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'
import { WordCounts, type WordCountsOptions } from './word-counts.ts'

const textsPerReport = 1000
const stepsPerReport = 100
/** Between two chances for other work, in ms: what a page or a signal waits at most, apart from one step. */
const pauseEvery = 30

export interface TokenizerTrainingOptions extends VocabularyOptions, WordCountsOptions {
  readonly onProgress?: (progress: TokenizerTrainingProgress) => void
}

/**
 * Learns a byte-level BPE vocabulary: special tokens, then the byte alphabet, then one token per merge. The same texts
 * give the same tokenizer, in any order (unless they have more than `maxWords` words). For texts that arrive over time or
 * must be interruptible: `TokenizerTrainer`.
 *
 * @throws RangeError for a vocabulary too small for its special tokens and alphabet
 * @see Sennrich et al. 2016; Radford et al. 2019, section 2.2
 */
export function trainTokenizer(texts: Iterable<string>, options: TokenizerTrainingOptions): Tokenizer {
  checkVocabularyOptions(options)
  const { onProgress } = options
  const counts = new WordCounts(options)
  for (const text of texts) {
    counts.add(text)
    if (counts.texts % textsPerReport === 0) onProgress?.(counting(counts))
  }
  const learning = learnTokenizer(counts, options)
  for (let steps = 1; ; steps++) {
    const { done, value } = learning.next()
    if (done) return value
    if (reportsAt(steps, value)) onProgress?.(value)
  }
}

/** How to watch and to stop a long work. */
export interface TrainingWatch {
  readonly onProgress?: (progress: TokenizerTrainingProgress) => void
  /** Once it is aborted, the promise is rejected with its reason; the trainer can go on. */
  readonly signal?: AbortSignal
}

/**
 * `trainTokenizer` for a stream of any length, like the lines of a file of many GB: memory holds the distinct words, at
 * most `maxWords`, not the texts.
 *
 *     const trainer = new TokenizerTrainer()
 *     await trainer.addAll(lines, { signal })
 *     const tokenizer = await trainer.train({ vocabularySize: 8192, signal })
 *
 * What was counted stays: `train` may be called again, with another size or after more texts.
 */
export class TokenizerTrainer {
  readonly #counts: WordCounts

  constructor(options: WordCountsOptions = {}) {
    this.#counts = new WordCounts(options)
  }

  /** Texts counted. */
  get texts(): number {
    return this.#counts.texts
  }

  /** Distinct words held. */
  get words(): number {
    return this.#counts.words
  }

  /** Occurrences of rare words that were counted, then dropped because there were more than `maxWords`; 0: all is exact. */
  get dropped(): number {
    return this.#counts.dropped
  }

  /** What the count of every word is too low by, at most. */
  get undercount(): number {
    return this.#counts.undercount
  }

  /** Counts the words of a text. No word reaches over its end. */
  add(text: string): void {
    this.#counts.add(text)
  }

  /** @throws the signal's reason if it is aborted before the end; the texts until then are counted */
  async addAll(texts: Iterable<string> | AsyncIterable<string>, watch: TrainingWatch = {}): Promise<void> {
    const breath = new Breath(watch.signal)
    for await (const text of texts) {
      await breath.take()
      this.add(text)
      if (this.texts % textsPerReport === 0) watch.onProgress?.(counting(this.#counts))
    }
  }

  /**
   * The tokenizer of the texts so far.
   *
   * @throws RangeError for a vocabulary too small for its special tokens and alphabet
   * @throws the signal's reason if it is aborted
   */
  async train(options: VocabularyOptions & TrainingWatch): Promise<Tokenizer> {
    const breath = new Breath(options.signal)
    const learning = learnTokenizer(this.#counts, options)
    for (let steps = 1; ; steps++) {
      await breath.take()
      const { done, value } = learning.next()
      if (done) return value
      if (reportsAt(steps, value)) options.onProgress?.(value)
    }
  }
}

function counting({ texts, dropped }: WordCounts): TokenizerTrainingProgress {
  return { phase: 'counting', texts, ...(dropped > 0 && { dropped }) }
}

/** Every so often, and at the end. */
function reportsAt(steps: number, progress: TokenizerTrainingProgress): boolean {
  return steps % stepsPerReport === 0 || (progress.phase === 'merging' && progress.vocabularySize === progress.of)
}

/** Lets other work run now and then, and hears of an abort. */
class Breath {
  readonly #signal: AbortSignal | undefined
  #last = performance.now()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.throwIfAborted()
  }

  async take(): Promise<void> {
    if (performance.now() - this.#last < pauseEvery) return
    await new Promise((resolve) => setTimeout(resolve))
    this.#signal?.throwIfAborted()
    this.#last = performance.now()
  }
}
