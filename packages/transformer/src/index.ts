export * from './roberta/index.ts'
export * from './tokenizer/index.ts'
