import type { Tokenizer } from '@tlc/transformer'
import {
  type Dataset,
  type DatasetKind,
  type ExampleSequences,
  loadTokenizer,
  loadTokens,
  openDataset,
  type TokenizedDataset,
} from '../data/index.ts'
import { UserError } from '../user-error.ts'
import { dataOptions, type TaskOptions } from './task.ts'

/** Which tokenizer to use. */
export interface TokenizerChoice {
  /** one that is ready; else one is learned from the texts */
  readonly tokenizer?: Tokenizer | undefined
  /** of a tokenizer that is learned */
  readonly vocabularySize: number
}

/** A data set as ids. To be disposed: it reads from a file. */
export interface OpenTokens {
  readonly dataset: Dataset
  readonly tokenizer: Tokenizer
  readonly tokens: TokenizedDataset
}

/**
 * Fetches and tokenizes a data set; what is in the cache is not done again.
 *
 * @throws UserError if there is none, it is malformed, or of another kind
 */
export async function openTokens(
  data: string,
  kinds: readonly DatasetKind[],
  { tokenizer: ready, vocabularySize }: TokenizerChoice,
  task: TaskOptions,
): Promise<OpenTokens> {
  const options = dataOptions(task)
  const dataset = await openDataset(data, kinds.length === 1 ? { ...options, kind: kinds[0]! } : options)
  if (!kinds.includes(dataset.kind))
    throw new UserError(
      `${dataset.name}: its items are ${dataset.kind}, expected ${kinds.join(' or ')}; see tlc data list`,
    )
  const tokenizer = ready ?? (await loadTokenizer(dataset, { ...options, vocabularySize }))
  return { dataset, tokenizer, tokens: await loadTokens(dataset, tokenizer, options) }
}

/** Tells how many texts had to be cut, if any. */
export function noteCut(
  what: string,
  { truncated, itemCount }: ExampleSequences,
  length: number,
  { onProgress }: TaskOptions,
  windows = 1,
): void {
  if (truncated === 0) return
  const share = ((100 * truncated) / itemCount).toPrecision(2)
  const room =
    windows === 1 ? `${length} tokens and were cut there` : `${windows} windows of ${length} tokens and have gaps`
  const message = `${truncated} of ${itemCount} ${what} (${share}%) are longer than ${room}`
  onProgress?.({ phase: 'note', message })
}
