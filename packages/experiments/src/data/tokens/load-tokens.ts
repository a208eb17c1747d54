import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { breathe } from '@tlc/nn'
import type { Tokenizer } from '@tlc/transformer'
import { defaultCacheDirectory, hashOf, unwritable } from '../cache.ts'
import type { Dataset } from '../dataset.ts'
import type { DataProgress } from '../progress.ts'
import { cachedFolder } from './cached-folder.ts'
import { TokenWriter } from './token-writer.ts'
import { type TokenFacts, type TokenIndex, TokenizedDataset } from './tokenized-dataset.ts'

/** Changes when the same texts would give other files than before. */
const tokensFormat = 2
const itemsPerReport = 500

export interface TokensOptions {
  /** Where derived data is kept. Default: the user's cache directory, or `TLC_CACHE`. */
  readonly cacheDirectory?: string
  readonly onProgress?: (progress: DataProgress) => void
}

const files = { ids: 'ids.bin', index: 'index.bin' } as const

/**
 * A data set as ids: encoded once, then read from the cache. Of the texts and the ids only a part is in memory at a time.
 *
 * @throws UserError for malformed texts, and if the cache cannot be written
 */
export async function loadTokens(
  dataset: Dataset,
  tokenizer: Tokenizer,
  options: TokensOptions = {},
): Promise<TokenizedDataset> {
  const { cacheDirectory = defaultCacheDirectory(), onProgress } = options
  const path = join(cacheDirectory, 'tokens', hashOf([tokensFormat, dataset.fingerprint, hashOf(tokenizer)]))
  const facts = await cachedFolder(path, (folder) => encode(dataset, tokenizer, folder, onProgress))
  return new TokenizedDataset(facts, indexFrom(await readFile(join(path, files.index)), facts), join(path, files.ids))
}

/** Writes the ids of all texts, without special tokens, and where each text begins. */
async function encode(
  dataset: Dataset,
  tokenizer: Tokenizer,
  folder: string,
  onProgress?: (progress: DataProgress) => void,
): Promise<TokenFacts> {
  const { labels, splits, order, documents, duplicates, words, bytes } = await dataset.overview()
  const { name, kind } = dataset
  const { vocabularySize } = tokenizer
  const parts = kind === 'pairs' || kind === 'translation' ? 2 : 1
  const offsets = new Float64Array(documents * parts + 1)
  const classes = new Int32Array(documents)
  await using writer = await TokenWriter.open(join(folder, files.ids), vocabularySize)
  let [item, text, tokens] = [0, 0, 0]
  for await (const { texts, label } of dataset.stream()) {
    for (const each of texts) {
      const ids = tokenizer.encode(each, { specialTokens: false })
      await writer.append(ids)
      tokens += ids.length
      offsets[++text] = tokens
    }
    classes[item++] = label
    if (item % itemsPerReport !== 0) continue
    await breathe()
    onProgress?.({ phase: 'encoding', documents: item, of: documents })
  }
  await writer.flush()
  await writeIndex(join(folder, files.index), { offsets, order, classes })
  const frame = { begin: tokenizer.beginId, end: tokenizer.endId, pad: tokenizer.padId }
  const counts = { documents, duplicates, words, bytes, tokens }
  return { name, kind, labels, splits, parts, vocabularySize, frame, ...counts }
}

async function writeIndex(path: string, { offsets, order, classes }: TokenIndex): Promise<void> {
  const bytes = [offsets, order, classes].map(({ buffer }) => new Uint8Array(buffer))
  await writeFile(path, Buffer.concat(bytes)).catch((error) => {
    throw unwritable(path, error)
  })
}

function indexFrom(bytes: Uint8Array, { documents, parts }: TokenFacts): TokenIndex {
  const { buffer } = new Uint8Array(bytes) // a copy that starts at 0, as the alignment of 8 bytes asks for
  const offsets = new Float64Array(buffer, 0, documents * parts + 1)
  const order = new Int32Array(buffer, offsets.byteLength, documents)
  const classes = new Int32Array(buffer, offsets.byteLength + order.byteLength, documents)
  return { offsets, order, classes }
}
