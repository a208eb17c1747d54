export { defaultCacheDirectory } from './cache.ts'
export { Dataset, type DatasetFacts, type DatasetSource, type Example, type Overview } from './dataset.ts'
export { type NamedDataset, namedDatasets, type SourceOptions } from './named-datasets.ts'
export { type DatasetOptions, openDataset } from './open-dataset.ts'
export type { DataProgress } from './progress.ts'
export type { TextFormat } from './readers/input-files.ts'
export type { DatasetKind, Item } from './readers/items.ts'
export { type Prepared, type PrepareOptions, prepare, recipes } from './recipes/prepare.ts'
export type { Kitchen, Recipe, TextPair } from './recipes/recipe.ts'
export { type Documents, selectDocuments } from './sequences/documents.ts'
export {
  type ExampleOptions,
  type ExampleSequences,
  exampleSequences,
  requireLabels,
} from './sequences/example-sequences.ts'
export { type PackedSequences, type PackingOptions, packedSequences } from './sequences/packed-sequences.ts'
export type { Layout, Range, Split, Splits } from './splits.ts'
export { loadTokenizer, type TokenizerOptions } from './tokens/load-tokenizer.ts'
export { loadTokens, type TokensOptions } from './tokens/load-tokens.ts'
export type { FrameIds, TokenFacts, TokenIndex, TokenizedDataset } from './tokens/tokenized-dataset.ts'
