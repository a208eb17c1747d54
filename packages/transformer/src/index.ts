export { DynamicMasking, type MaskableVocabulary, type MaskedTokens, type MaskingOptions } from './masking.ts'
export * from './roberta/index.ts'
export * from './tokenizer/index.ts'
