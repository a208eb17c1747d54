import { foldIn, key } from '@tlc/tensor'
import {
  beamSearch,
  greedyDecode,
  type Hypothesis,
  type ScoredHypothesis,
  sampleDecode,
  type TransformerForTranslation,
} from '@tlc/transformer'
import { UserError } from '../user-error.ts'
import { byLength } from './by-length.ts'
import type { LoadedModel } from './load-model.ts'

/** How translations are found. */
export type Search = 'beam' | 'greedy' | 'sample'

export interface TranslateOptions {
  /** 'beam' by default */
  readonly search?: Search | undefined
  /** of beam search; 4 by default */
  readonly beams?: number | undefined
  /** α of beam search; 0.6 by default */
  readonly lengthPenalty?: number | undefined
  /** translations of each text, of beam search; 1 by default */
  readonly best?: number | undefined
  /** of sampling */
  readonly temperature?: number | undefined
  readonly topK?: number | undefined
  readonly topP?: number | undefined
  /** of sampling; the text with number i draws from `foldIn(key(seed), i)` */
  readonly seed?: number | undefined
  /** of the first text, for sampling; 0 by default */
  readonly number?: number | undefined
  /** texts that are translated at once; 32 by default */
  readonly batchSize?: number | undefined
  /** hears how many texts are done */
  readonly onDone?: ((texts: number) => void) | undefined
}

/** One translation of a text. */
export interface TranslatedText {
  readonly text: string
  /** Σ ln p of its tokens, in nats */
  readonly logProbability: number
  /** what beam search ranks by; else the log-probability */
  readonly score: number
  /** whether it came to its end, rather than to the longest length */
  readonly finished: boolean
}

export interface Translation {
  readonly source: string
  /** whether the source was longer than the model reads, and lost its end */
  readonly cut: boolean
  /** the best first */
  readonly translations: readonly TranslatedText[]
}

/**
 * Translates texts, and gives the translations in their order. An empty text is its own translation.
 *
 * @throws UserError for more translations of a text than there are beams
 */
export async function translate(
  { model, tokenizer }: LoadedModel<TransformerForTranslation>,
  texts: readonly string[],
  options: TranslateOptions = {},
): Promise<Translation[]> {
  const { search = 'beam', beams = 4, best = 1, batchSize = 32, onDone } = options
  if (search === 'beam' && best > beams)
    throw new UserError(
      `${best} translations of each text need as many beams, there are ${beams}; give --beams ${best}`,
    )
  const { maxLength } = model.config
  const translations = texts.map((source): Translation => ({ source, cut: false, translations: [empty] }))
  const full = [...texts.keys()].filter((index) => texts[index]!.trim() !== '')
  const whole = full.map((index) => tokenizer.encode(texts[index]!))
  const sources = whole.map((ids, place) =>
    ids.length > maxLength ? tokenizer.encode(texts[full[place]!]!, { maxLength }) : ids,
  )
  // A drawn translation shall not depend on the texts beside it.
  const batches = byLength(
    sources.map(({ length }) => length),
    search === 'sample' ? 1 : batchSize,
  )
  let done = 0
  for (const batch of batches) {
    const number = (options.number ?? 0) + full[batch[0]!]!
    const found = await searches[search](
      model,
      batch.map((place) => sources[place]!),
      { ...options, number },
    )
    batch.forEach((place, row) => {
      const index = full[place]!
      const ranked = found[row]!.map((hypothesis) => ({
        text: tokenizer.decode(hypothesis.tokens).trim(),
        logProbability: hypothesis.logProbability,
        score: 'score' in hypothesis ? hypothesis.score : hypothesis.logProbability,
        finished: hypothesis.finished,
      }))
      translations[index] = { source: texts[index]!, cut: whole[place]!.length > maxLength, translations: ranked }
    })
    done += batch.length
    onDone?.(done)
  }
  return translations
}

const empty: TranslatedText = { text: '', logProbability: 0, score: 0, finished: true }

type Searched = readonly (readonly (Hypothesis | ScoredHypothesis)[])[]

const searches: {
  readonly [S in Search]: (
    model: TransformerForTranslation,
    sources: readonly Int32Array[],
    options: TranslateOptions,
  ) => Promise<Searched>
} = {
  beam: (model, sources, { beams, lengthPenalty, best }) => beamSearch(model, sources, { beams, lengthPenalty, best }),
  greedy: async (model, sources) => (await greedyDecode(model, sources)).map((each) => [each]),
  async sample(model, sources, { temperature, topK, topP, seed = 1, number = 0 }) {
    const drawn = await sampleDecode(model, sources, { key: foldIn(key(seed), number), temperature, topK, topP })
    return drawn.map((each) => [each])
  },
}
