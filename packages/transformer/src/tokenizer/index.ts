export type { EncodeOptions, Encoding, EncodingOptions, TokenizerInput, WindowsOptions } from './encoding.ts'
export type { TokenizerTrainingProgress, VocabularyOptions } from './learn-tokenizer.ts'
export { type PaddedIds, type PadOptions, padIds } from './pad-ids.ts'
export type { StreamDecoder } from './stream-decoder.ts'
export type { DecodeOptions, TextTokenizer } from './text-tokenizer.ts'
export { Tokenizer } from './tokenizer.ts'
export type { TokenizerJson } from './tokenizer-json.ts'
export { robertaSpecialTokens, type SpecialToken, type TokenizerModel } from './tokenizer-model.ts'
export { TokenizerTrainer, type TokenizerTrainingOptions, type TrainingWatch, trainTokenizer } from './train.ts'
export type { Truncation } from './truncation.ts'
export {
  tokenizerFromVocabulary,
  type VocabularyFiles,
  type VocabularyFilesOptions,
  vocabularyFiles,
} from './vocabulary-files.ts'
export type { WordCountsOptions } from './word-counts.ts'
