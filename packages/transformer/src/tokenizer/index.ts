export { type DecodeOptions, type EncodeOptions, Tokenizer, type TokenizerInput } from './tokenizer.ts'
export type { TokenizerJson } from './tokenizer-json.ts'
export { robertaSpecialTokens, type SpecialToken, type TokenizerModel } from './tokenizer-model.ts'
export { type TokenizerTrainingOptions, type TokenizerTrainingProgress, trainTokenizer } from './train.ts'
