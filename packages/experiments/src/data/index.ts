export { defaultCacheDirectory } from './cache.ts'
export {
  type DatasetFacts,
  documentsOf,
  type LabelledText,
  type Range,
  type Split,
  type Splits,
  shuffle,
  type TextDataset,
} from './dataset.ts'
export {
  type DatasetOptions,
  type DatasetSource,
  datasets,
  loadTextDataset,
  openTextDataset,
} from './load-dataset.ts'
export { loadParallelTexts, type ParallelTexts, type TextPair } from './own-files.ts'
export type { DataProgress } from './progress.ts'
export {
  type FrameIds,
  type LabelledSequences,
  labelledSequences,
  type PackedSequences,
  packedSequences,
} from './sequences.ts'
export {
  loadTokenizer,
  loadTokens,
  type TokenizedDataset,
  type TokenizerOptions,
  type TokensOptions,
} from './tokens.ts'
