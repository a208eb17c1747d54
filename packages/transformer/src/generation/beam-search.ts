import { mostProbable } from './candidates.ts'
import { type LengthNormalization, lengthPenalties, type ScoredHypothesis } from './hypothesis.ts'
import { type GenerationOptions, longestTargets, pause, wholeNumber } from './options.ts'
import { nothingFollows } from './row-by-row.ts'
import type { SequenceModel } from './sequence-model.ts'
import { SourceSearch } from './source-search.ts'

export interface BeamSearchOptions extends GenerationOptions {
  /** how many hypotheses of each length are followed; 4 by default, as in the paper */
  readonly beams?: number | undefined
  /** how many hypotheses are wanted of each source; 1 by default */
  readonly best?: number | undefined
  /** α >= 0; 0.6 by default, as in the paper. 0 ranks by probability alone, and more favours longer hypotheses. */
  readonly lengthPenalty?: number | undefined
  /** the formula that α is for; 'wu' by default, which is the paper's */
  readonly lengthNormalization?: LengthNormalization | undefined
}

/**
 * Beam search: of all extensions of the hypotheses of one length by one token, the most probable `beams` are kept. Those
 * that end are finished, none of them is forgotten, and the others are extended again.
 *
 * The search of a source stops when nothing that is still followed can get among its `best`. Log-probabilities only fall,
 * and the penalty only grows with length, so a hypothesis with log-probability s can reach a score of
 * s / penalty(maxLength) at most. With one beam it is greedy decoding; with enough of them, it is exhaustive.
 *
 * @returns up to `best` hypotheses for each source, the best first. Those cut off at the longest length come last, and
 * only where fewer were finished.
 * @throws RangeError for options that are impossible, and for sources that the model refuses
 * @see Vaswani et al. 2017, section 6.1; Wu et al. 2016, section 7
 */
export async function beamSearch(
  model: SequenceModel,
  sources: readonly Int32Array[],
  options: BeamSearchOptions = {},
): Promise<readonly (readonly ScoredHypothesis[])[]> {
  const { beams = 4, best = 1, lengthPenalty = 0.6, lengthNormalization = 'wu' } = options
  wholeNumber('beams', beams, 1)
  wholeNumber('best', best, 1)
  if (!(lengthPenalty >= 0 && lengthPenalty < Infinity)) {
    throw new RangeError(`generation: lengthPenalty must be a number >= 0, got ${lengthPenalty}`)
  }
  const penalty = (length: number): number => lengthPenalties[lengthNormalization](length, lengthPenalty)
  const searches = longestTargets(sources, model.config, options).map(
    (maxLength) => new SourceSearch({ config: model.config, beams, best, maxLength, penalty }),
  )
  if (sources.length > 0) await run(model, sources, searches, options)
  return searches.map((search) => search.ranked())
}

/** One token of all hypotheses of all sources at a time. Sources that are done leave the batch. */
async function run(
  model: SequenceModel,
  sources: readonly Int32Array[],
  searches: readonly SourceSearch[],
  options: BeamSearchOptions,
): Promise<void> {
  const { config } = model
  const { beams = 4 } = options
  using scorer = model.begin(sources)
  let open = searches
  let width = 1
  let tokens = new Int32Array(open.length).fill(config.beginId)
  for (let length = 1; ; length++) {
    await pause(options)
    const candidates = await mostProbable(scorer, tokens, beams, { config, length, options })
    open.forEach((search, index) => {
      search.extend(candidates, index * width)
      if (search.failed) throw nothingFollows(searches.indexOf(search), length - 1)
    })
    open = open.filter(({ done }) => !done)
    if (open.length === 0) return
    // Sources have the same number of rows: where one follows fewer hypotheses, its last one fills the rest.
    width = Math.max(...open.map(({ live }) => live.length))
    const followed = open.flatMap(({ live }) =>
      Array.from({ length: width }, (_, index) => live[Math.min(index, live.length - 1)]!),
    )
    scorer.select(Int32Array.from(followed, ({ row }) => row))
    tokens = Int32Array.from(followed, ({ token }) => token)
  }
}
