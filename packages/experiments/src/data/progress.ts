import type { TokenizerTrainingProgress } from '@tlc/transformer'

/** What is being done before a study can begin; each step only if the cache does not have its result. */
export type DataProgress =
  | { readonly phase: 'fetching'; readonly package: string }
  | { readonly phase: 'reading'; readonly name: string }
  | TokenizerTrainingProgress
  | { readonly phase: 'encoding'; readonly documents: number; readonly of: number }
  /** Texts of a task that were longer than its sequences, and lost their ends. */
  | { readonly phase: 'truncating'; readonly texts: number; readonly of: number; readonly length: number }
