import type { ScoredHypothesis } from './hypothesis.ts'
import { Largest } from './largest.ts'
import type { Candidates, SequenceConfig } from './sequence-model.ts'

/** A hypothesis by its last token. */
interface Node {
  readonly before: Node | undefined
  readonly token: number
  /** of the whole hypothesis */
  readonly logProbability: number
  /** in tokens */
  readonly length: number
  /** the row of the scorer that it extends */
  readonly row: number
}

export interface SourceSearchOptions {
  readonly config: SequenceConfig
  readonly beams: number
  readonly best: number
  /** of a target, the end token included */
  readonly maxLength: number
  /** what the log-probability of a finished hypothesis is divided by, by its length; does not fall */
  readonly penalty: (length: number) => number
}

/** The beam search for one source. */
export class SourceSearch {
  readonly #options: SourceSearchOptions
  #live: readonly Node[] = []
  /** of the finished ones, the best first */
  readonly #finished: ScoredHypothesis[] = []
  /** what was followed up to the longest length without coming to an end */
  #cut: readonly ScoredHypothesis[] = []
  #begun = false

  constructor(options: SourceSearchOptions) {
    this.#options = options
  }

  /** The hypotheses that are followed, the most probable first. */
  get live(): readonly Node[] {
    return this.#live
  }

  /** Whether nothing that is followed can get among the best. */
  get done(): boolean {
    const mostProbable = this.#live[0]
    if (!mostProbable) return true
    const { best, maxLength, penalty } = this.#options
    const worst = this.#finished[best - 1]
    return worst !== undefined && mostProbable.logProbability / penalty(maxLength) <= worst.score
  }

  /** Whether it came to where no token can follow, and has found nothing. */
  get failed(): boolean {
    return this.#live.length + this.#finished.length + this.#cut.length === 0
  }

  /**
   * Extends the hypotheses by one token, which may be any, and keeps the most probable of all.
   *
   * @param candidates of each row as many as hypotheses are followed at least: no row can have more of the most probable
   * @param firstRow the row of the first hypothesis
   */
  extend(candidates: Candidates, firstRow: number): void {
    const { config, beams, maxLength } = this.#options
    const { vocabularySize, endId } = config
    const before: readonly (Node | undefined)[] = this.#begun ? this.#live : [undefined]
    const largest = new Largest(beams)
    before.forEach((node, index) => {
      const row = firstRow + index
      for (let place = row * candidates.count; place < (row + 1) * candidates.count; place++) {
        const value = (node?.logProbability ?? 0) + candidates.logProbabilities[place]!
        if (!(value > largest.bar)) break // The others of the row are not more probable.
        largest.take(value, row * vocabularySize + candidates.tokens[place]!)
      }
    })
    const extended = largest.ids.map((id, rank): Node => {
      const row = Math.floor(id / vocabularySize)
      const parent = before[row - firstRow]
      const logProbability = largest.values[rank]!
      return { before: parent, token: id % vocabularySize, logProbability, length: (parent?.length ?? 0) + 1, row }
    })
    this.#begun = true
    this.#finish(extended.filter(({ token }) => token === endId))
    const others = extended.filter(({ token }) => token !== endId)
    const ended = extended.length > 0 && extended[0]!.length >= maxLength
    this.#live = ended ? [] : others
    if (ended) this.#cut = others.map((node) => this.#hypothesis(node))
  }

  /** The best, the best first. */
  ranked(): readonly ScoredHypothesis[] {
    return [...this.#finished, ...this.#cut].slice(0, this.#options.best)
  }

  #finish(nodes: readonly Node[]): void {
    this.#finished.push(...nodes.map((node) => this.#hypothesis(node)))
    this.#finished.sort((a, b) => b.score - a.score)
  }

  #hypothesis(last: Node): ScoredHypothesis {
    const tokens = new Int32Array(last.length)
    for (let node: Node | undefined = last; node; node = node.before) tokens[node.length - 1] = node.token
    const { config, penalty } = this.#options
    const { logProbability, length, token } = last
    return { tokens, logProbability, finished: token === config.endId, score: logProbability / penalty(length) }
  }
}
