import type { TranslationConfig } from './config.ts'
import { decoderShapes, encoderShapes } from './shape.ts'

/** Parameters of a translation model by kind. */
export interface TranslationParameterCounts {
  /** of the table of words, and of positions where they are learned */
  readonly embeddings: number
  readonly encoder: number
  readonly decoder: number
  /** N, the shared table counted once */
  readonly total: number
}

/** Parameters of `TransformerForTranslation`, without making it. */
export function translationParameterCounts(config: TranslationConfig): TranslationParameterCounts {
  const { hiddenSize: h, vocabularySize, maxLength } = config
  const headSize = h / config.heads
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs
  const norm = 2 * h
  const attention = (heads: number): number => 3 * linear(h, heads * headSize) + linear(heads * headSize, h) + norm
  const feedForward = (f: number): number => linear(h, f) + linear(f, h) + norm
  const last = config.normalization === 'pre' ? norm : 0
  const encoder = encoderShapes(config).reduce(
    (sum, { heads, feedForwardSize }) => sum + attention(heads) + feedForward(feedForwardSize),
    last,
  )
  const decoder = decoderShapes(config).reduce(
    (sum, { heads, sourceHeads, feedForwardSize }) =>
      sum + attention(heads) + attention(sourceHeads) + feedForward(feedForwardSize),
    last,
  )
  const embeddings = (vocabularySize + (config.positions === 'learned' ? 2 * maxLength : 0)) * h
  return { embeddings, encoder, decoder, total: embeddings + encoder + decoder }
}

/**
 * Floating-point operations of a training step, forward and backward, B pairs of S source and T target tokens:
 * 6 (N_encoder B S + N_decoder B T + V H B T) + 12 B (A_encoder S² + A_decoder T² + A_source S T), A the sizes of all
 * heads of all layers: L H with all of them.
 *
 * A decoder's projections of the source are counted at T instead of S tokens.
 *
 * @param batch B
 * @param sourceLength S
 * @param targetLength T
 */
export function translationTrainingFlops(
  config: TranslationConfig,
  batch: number,
  sourceLength: number,
  targetLength: number,
): number {
  const { hiddenSize, vocabularySize, heads: all } = config
  const { encoder, decoder } = translationParameterCounts(config)
  const products = encoder * sourceLength + (decoder + vocabularySize * hiddenSize) * targetLength
  const ofEncoder = encoderShapes(config).map(({ heads }) => heads * sourceLength ** 2)
  const ofDecoder = decoderShapes(config).map(
    ({ heads, sourceHeads }) => heads * targetLength ** 2 + sourceHeads * sourceLength * targetLength,
  )
  const scores = [...ofEncoder, ...ofDecoder].reduce((sum, each) => sum + each) * (hiddenSize / all)
  return batch * (6 * products + 12 * scores)
}
