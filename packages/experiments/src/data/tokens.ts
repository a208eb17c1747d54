import { join } from 'node:path'
import { breathe } from '@tlc/nn'
import { Tokenizer, trainTokenizer } from '@tlc/transformer'
import { type Artifact, cached, defaultCacheDirectory, hashOf } from './cache.ts'
import { type DatasetFacts, documentsOf, type Splits, type TextDataset } from './dataset.ts'
import type { DatasetSource } from './load-dataset.ts'
import type { DataProgress } from './progress.ts'
import type { FrameIds } from './sequences.ts'

/** Changes when the same texts would give other files than before. */
const tokensFormat = 1
const documentsPerReport = 500

/** What of a tokenized data set is not numbers by the million. */
export interface TokenFacts extends DatasetFacts {
  readonly name: string
  readonly labels: readonly string[]
  readonly splits: Splits
  readonly tokens: number
  readonly vocabularySize: number
  readonly frame: FrameIds
}

/** A data set as ids, without special tokens: document d is `ids[offsets[d]]` up to `ids[offsets[d + 1]]`. */
export interface TokenizedDataset extends TokenFacts {
  readonly ids: Uint16Array | Uint32Array
  /** `[documents + 1]` */
  readonly offsets: Uint32Array
  /** The class of each document, -1 without one. `[documents]` */
  readonly classes: Int32Array
}

export interface TokenizerOptions {
  readonly vocabularySize: number
  readonly cacheDirectory?: string
  readonly onProgress?: (progress: DataProgress) => void
}

/** The tokenizer learned from the pretraining text of a data set; learned once, then cached. */
export async function loadTokenizer(source: DatasetSource, options: TokenizerOptions): Promise<Tokenizer> {
  const { vocabularySize, cacheDirectory = defaultCacheDirectory(), onProgress } = options
  const path = join(cacheDirectory, 'tokenizers', hashOf([tokensFormat, source.fingerprint, vocabularySize]))
  const { bytes } = await cached(path, async () => {
    const texts = documentsOf(await source.read(), 'pretraining').map(({ text }) => text)
    const tokenizer = trainTokenizer(texts, { vocabularySize, ...(onProgress && { onProgress }) })
    return {
      facts: { source: source.name, vocabularySize },
      bytes: new TextEncoder().encode(JSON.stringify(tokenizer)),
    }
  })
  return Tokenizer.fromJSON(new TextDecoder().decode(bytes))
}

export interface TokensOptions {
  readonly cacheDirectory?: string
  readonly onProgress?: (progress: DataProgress) => void
}

/** A data set as ids; encoded once, then cached. */
export async function loadTokens(
  source: DatasetSource,
  tokenizer: Tokenizer,
  options: TokensOptions = {},
): Promise<TokenizedDataset> {
  const { cacheDirectory = defaultCacheDirectory(), onProgress } = options
  const path = join(cacheDirectory, 'tokens', hashOf([tokensFormat, source.fingerprint, hashOf(tokenizer)]))
  const artifact = await cached(path, async () => toArtifact(await encode(await source.read(), tokenizer, onProgress)))
  return fromArtifact(artifact)
}

/** Every document of a data set as ids, without special tokens. */
export async function encode(
  dataset: TextDataset,
  tokenizer: Tokenizer,
  onProgress?: (progress: DataProgress) => void,
): Promise<TokenizedDataset> {
  const { documents } = dataset
  const offsets = new Uint32Array(documents.length + 1)
  const encoded: (Uint16Array | Uint32Array)[] = []
  for (const [index, { text }] of documents.entries()) {
    const ids = tokenizer.encode(text, { specialTokens: false })
    offsets[index + 1] = (offsets[index] as number) + ids.length
    encoded.push(idsArray(tokenizer.vocabularySize).from(ids))
    if ((index + 1) % documentsPerReport !== 0) continue
    await breathe()
    onProgress?.({ phase: 'encoding', documents: index + 1, of: documents.length })
  }
  const tokens = offsets[documents.length] as number
  const ids = new (idsArray(tokenizer.vocabularySize))(tokens)
  encoded.forEach((part, index) => ids.set(part, offsets[index]))
  return {
    name: dataset.name,
    labels: dataset.labels,
    splits: dataset.splits,
    ...dataset.facts,
    tokens,
    vocabularySize: tokenizer.vocabularySize,
    frame: { begin: tokenizer.beginId, end: tokenizer.endId, pad: tokenizer.padId },
    ids,
    offsets,
    classes: Int32Array.from(documents, ({ label }) => label),
  }
}

/** Two bytes hold an id of a vocabulary up to 65,536. */
function idsArray(vocabularySize: number): Uint16ArrayConstructor | Uint32ArrayConstructor {
  return vocabularySize <= 2 ** 16 ? Uint16Array : Uint32Array
}

/** Offsets, classes and ids one after another, in the byte order of the machine. */
function toArtifact({ ids, offsets, classes, ...facts }: TokenizedDataset): Artifact<TokenFacts> {
  return { facts, bytes: Buffer.concat([offsets, classes, ids].map(({ buffer }) => new Uint8Array(buffer))) }
}

function fromArtifact({ facts, bytes }: Artifact<TokenFacts>): TokenizedDataset {
  const { documents, tokens, vocabularySize } = facts
  const { buffer } = new Uint8Array(bytes) // a copy that starts at 0, as the alignment of 4 bytes asks for
  const offsets = new Uint32Array(buffer, 0, documents + 1)
  const classes = new Int32Array(buffer, offsets.byteLength, documents)
  const ids = new (idsArray(vocabularySize))(buffer, offsets.byteLength + classes.byteLength, tokens)
  return { ...facts, ids, offsets, classes }
}
