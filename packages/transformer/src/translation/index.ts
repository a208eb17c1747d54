export { type TranslationConfig, type TranslationSizes, translationConfig } from './config.ts'
export { TranslationDecoder, TranslationDecoderLayer } from './decoder.ts'
export { TranslationEmbeddings } from './embeddings.ts'
export { TranslationEncoder, TranslationEncoderLayer } from './encoder.ts'
export { decodeTranslation, encodeTranslation, type PretrainedTranslation } from './files.ts'
export {
  type TranslationParameterCounts,
  translationParameterCounts,
  translationTrainingFlops,
} from './flops.ts'
export { TransformerForTranslation, type TranslationLossOptions, type TranslationPairs } from './model.ts'
export type { EncodedSource, TranslationForwardOptions, TranslationOptions } from './options.ts'
export { sinusoidalTable } from './positions.ts'
export { translationGrid, translationPresets } from './presets.ts'
export { Rereading } from './rereading.ts'
