import { join } from 'node:path'
import { Tokenizer, trainTokenizer } from '@tlc/transformer'
import { cached, defaultCacheDirectory, hashOf } from '../cache.ts'
import type { Dataset } from '../dataset.ts'
import type { DataProgress } from '../progress.ts'

/** Changes when the same texts would give another tokenizer than before. */
const tokenizerFormat = 1

export interface TokenizerOptions {
  readonly vocabularySize: number
  /** Where derived data is kept. Default: the user's cache directory, or `TLC_CACHE`. */
  readonly cacheDirectory?: string
  readonly onProgress?: (progress: DataProgress) => void
}

/** The tokenizer learned from the pretraining part of a data set; learned once, then cached. */
export async function loadTokenizer(dataset: Dataset, options: TokenizerOptions): Promise<Tokenizer> {
  const { vocabularySize, cacheDirectory = defaultCacheDirectory(), onProgress } = options
  const path = join(cacheDirectory, 'tokenizers', hashOf([tokenizerFormat, dataset.fingerprint, vocabularySize]))
  const { bytes } = await cached(path, async () => {
    const texts: string[] = []
    for await (const example of dataset.stream('pretraining')) texts.push(...example.texts)
    const tokenizer = trainTokenizer(texts, { vocabularySize, ...(onProgress && { onProgress }) })
    return {
      facts: { source: dataset.name, vocabularySize },
      bytes: new TextEncoder().encode(JSON.stringify(tokenizer)),
    }
  })
  return Tokenizer.fromJSON(new TextDecoder().decode(bytes))
}
