import { foldIn, key, philox } from '@tlc/tensor'
import {
  beamSearch,
  greedyDecode,
  Rereading,
  type SequenceModel,
  TransformerForTranslation,
  type TranslationSizes,
  translationConfig,
  translationGrid,
} from '@tlc/transformer'
import { quantile } from './statistics/index.ts'

export interface DecodingSpeedOptions {
  /** 2 + 2 layers of 128 features and 8,192 words by default */
  readonly sizes?: TranslationSizes
  /** sources in a batch, 32 by default */
  readonly batch?: number
  /** tokens of every source and of every target, 64 by default */
  readonly length?: number
  /** of the beam search, 4 by default */
  readonly beams?: number
  /** how often each way is measured, by turns, after one that does not count; 5 by default */
  readonly rounds?: number
}

/** How fast targets are written in one way. */
export interface DecodingSpeed {
  readonly way: 'greedy' | 'greedy without cache' | 'beam search'
  /** of a whole batch, in the order they were measured */
  readonly milliseconds: readonly number[]
  /** tokens of one target of each source by the median time, per second */
  readonly targetTokensPerSecond: number
  /** tokens of all hypotheses that are followed by the median time, per second: `beams` times as many for a beam search */
  readonly hypothesisTokensPerSecond: number
}

/**
 * Measures decoding on the backend in use, with a model that was not trained: targets of exactly `length` tokens, whatever
 * they say. Reading the source counts, as does choosing the tokens.
 */
export async function measureDecoding(options: DecodingSpeedOptions = {}): Promise<readonly DecodingSpeed[]> {
  const { sizes = translationGrid.wide, batch = 32, length = 64, beams = 4, rounds = 5 } = options
  const model = new TransformerForTranslation({ config: translationConfig(sizes), key: key(0) })
  const sources = Array.from({ length: batch }, (_, row) => randomSource(row, length, sizes.vocabularySize))
  const exactly = { minLength: length, maxLength: length }
  const greedy = (of: SequenceModel) => () => greedyDecode(of, sources, exactly)
  const ways = [
    { way: 'greedy', followed: 1, decode: greedy(model) },
    { way: 'greedy without cache', followed: 1, decode: greedy(new Rereading(model)) },
    { way: 'beam search', followed: beams, decode: () => beamSearch(model, sources, { ...exactly, beams }) },
  ] as const
  const times = ways.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { decode }] of ways.entries()) {
      const start = performance.now()
      await decode()
      if (round > 0) times[index]!.push(performance.now() - start)
    }
  }
  return ways.map(({ way, followed }, index) => {
    const tokensPerSecond = (batch * length) / (median(times[index]!) / 1000)
    return {
      way,
      milliseconds: times[index]!,
      targetTokensPerSecond: tokensPerSecond,
      hypothesisTokensPerSecond: followed * tokensPerSecond,
    }
  })
}

function median(sample: readonly number[]): number {
  return quantile(
    sample.toSorted((a, b) => a - b),
    0.5,
  )
}

/** Words from 3 on: the first ids are special. */
function randomSource(row: number, length: number, vocabularySize: number): Int32Array {
  return Int32Array.from(
    { length },
    (_, place) => 3 + (philox([place, 0, 0, 0], foldIn(key(1), row))[0]! % (vocabularySize - 3)),
  )
}
