import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Tokenizer, trainTokenizer } from '@tlc/transformer'
import { loadTextDataset } from '../data/index.ts'
import { writeFileAtomically } from '../store/index.ts'
import { checkOutput } from '../study/check-output.ts'
import { UserError } from '../user-error.ts'
import { dataOptions, type TaskOptions } from './task.ts'

export interface TrainTokenizerOptions {
  /** data sets' names, paths of files, or texts as they come */
  readonly sources: readonly (string | AsyncIterable<string>)[]
  readonly vocabularySize: number
  /** the folder for `tokenizer.json` */
  readonly out: string
}

/** What was learned. */
export interface TrainedTokenizer {
  readonly folder: string
  readonly vocabularySize: number
  /** that it was learned from */
  readonly texts: number
  /** of the texts, in UTF-8, per token that they become; of the first of them */
  readonly bytesPerToken: number
}

/** Texts by which it is told how well a tokenizer packs them. */
const sampled = 1000

/**
 * Learns a byte-level BPE tokenizer from texts, and writes it to a folder.
 *
 * @throws UserError if a source cannot be read, there is no text, or the folder has a tokenizer already
 */
export async function trainTokenizerInFolder(
  { sources, vocabularySize, out }: TrainTokenizerOptions,
  task: TaskOptions = {},
): Promise<TrainedTokenizer> {
  const path = join(out, 'tokenizer.json')
  await checkOutput(out)
  if (await stat(path).catch(() => undefined))
    throw new UserError(`${path} is there already, and a model may depend on it; choose another --out, or delete it`)
  const texts: string[] = []
  for (const source of sources) for await (const text of textsOf(source, task)) texts.push(text)
  if (texts.length === 0) throw new UserError('there is no text to learn a tokenizer from')
  const tokenizer = learned(() =>
    trainTokenizer(texts, { vocabularySize, onProgress: (data) => task.onProgress?.({ phase: 'data', data }) }),
  )
  await writeFileAtomically(path, `${JSON.stringify(tokenizer, null, 2)}\n`)
  return {
    folder: out,
    vocabularySize: tokenizer.vocabularySize,
    texts: texts.length,
    bytesPerToken: bytesPerToken(tokenizer, texts.slice(0, sampled)),
  }
}

async function* textsOf(source: string | AsyncIterable<string>, task: TaskOptions): AsyncGenerator<string> {
  if (typeof source !== 'string') yield* source
  else for (const { text } of (await loadTextDataset(source, dataOptions(task))).documents) yield text
}

/** Sizes that cannot be are the user's. */
function learned(train: () => Tokenizer): Tokenizer {
  try {
    return train()
  } catch (cause) {
    throw cause instanceof RangeError ? new UserError(cause.message, { cause }) : cause
  }
}

function bytesPerToken(tokenizer: Tokenizer, texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0)
  const tokens = texts.reduce((sum, text) => sum + tokenizer.encode(text, { specialTokens: false }).length, 0)
  return bytes / tokens
}
