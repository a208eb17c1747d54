export { trainTokenizer, type TokenizerTrainingOptions, type TokenizerTrainingProgress } from './train.ts'
export { Tokenizer, type DecodeOptions, type EncodeOptions, type TokenizerInput } from './tokenizer.ts'
export type { TokenizerJson } from './tokenizer-json.ts'
export { robertaSpecialTokens, type SpecialToken, type TokenizerModel } from './tokenizer-model.ts'
