export { DynamicMasking, type MaskableVocabulary, type MaskedIds, type MaskingOptions } from './masking.ts'
export * from './metrics/index.ts'
export * from './roberta/index.ts'
export * from './tokenizer/index.ts'
