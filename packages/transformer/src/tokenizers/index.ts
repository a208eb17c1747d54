export { loadTokenizer } from './load-tokenizer.ts'
