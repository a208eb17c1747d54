import type { TokenizerTrainingProgress } from '@tlc/transformer'

/** What is being done before a study can begin; each step only if the cache does not have its result. */
export type DataProgress =
  | { readonly phase: 'fetching'; readonly package: string }
  | { readonly phase: 'reading'; readonly name: string }
  | TokenizerTrainingProgress
  | { readonly phase: 'encoding'; readonly documents: number; readonly of: number }
