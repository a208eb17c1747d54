import type { TranslationConfig } from './config.ts'

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
  const { encoderLayers, decoderLayers, hiddenSize: h, feedForwardSize: f, vocabularySize, maxLength } = config
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs
  const norm = 2 * h
  const attention = 4 * linear(h, h) + norm
  const feedForward = linear(h, f) + linear(f, h) + norm
  const last = config.normalization === 'pre' ? norm : 0
  const encoder = encoderLayers * (attention + feedForward) + last
  const decoder = decoderLayers * (2 * attention + feedForward) + last
  const embeddings = (vocabularySize + (config.positions === 'learned' ? 2 * maxLength : 0)) * h
  return { embeddings, encoder, decoder, total: embeddings + encoder + decoder }
}

/**
 * Floating-point operations of a training step, forward and backward, B pairs of S source and T target tokens:
 * 6 (N_encoder B S + N_decoder B T + V H B T) + 12 H B (L_encoder S² + L_decoder (T² + S T)).
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
  const { encoderLayers, decoderLayers, hiddenSize, vocabularySize } = config
  const { encoder, decoder } = translationParameterCounts(config)
  const products = encoder * sourceLength + (decoder + vocabularySize * hiddenSize) * targetLength
  const scores = encoderLayers * sourceLength ** 2 + decoderLayers * (targetLength ** 2 + sourceLength * targetLength)
  return batch * (6 * products + 12 * hiddenSize * scores)
}
