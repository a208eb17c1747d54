import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Tokenizer, TokenizerTrainer, type TrainingWatch, type VocabularyOptions } from '@tlc/transformer'
import { openDataset } from '../data/index.ts'
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
  /** of the texts, in UTF-8, per token that they become; of the first million characters */
  readonly bytesPerToken: number
}

/** Characters of the first texts, by which it is told how well a tokenizer packs. */
const sampled = 1_000_000

/**
 * Learns a byte-level BPE tokenizer from texts as they pass by, and writes it to a folder.
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
  const watch: TrainingWatch = {
    onProgress: (data) => task.onProgress?.({ phase: 'data', data }),
    ...(task.signal && { signal: task.signal }),
  }
  await learn(new TokenizerTrainer(), { vocabularySize }) // of nothing: a size that cannot be is refused before all is read
  const trainer = new TokenizerTrainer()
  const sample: string[] = []
  let room = sampled
  for (const source of sources) {
    await trainer.addAll(tapped(textsOf(source, task)), watch)
  }
  if (trainer.texts === 0) throw new UserError('there is no text to learn a tokenizer from')
  const tokenizer = await learn(trainer, { vocabularySize, ...watch })
  await writeFileAtomically(path, `${JSON.stringify(tokenizer, null, 2)}\n`)
  return {
    folder: out,
    vocabularySize: tokenizer.vocabularySize,
    texts: trainer.texts,
    bytesPerToken: bytesPerToken(tokenizer, sample),
  }

  async function* tapped(texts: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const text of texts) {
      if (room > 0) sample.push(text.slice(0, room))
      room -= text.length
      yield text
    }
  }
}

async function* textsOf(source: string | AsyncIterable<string>, task: TaskOptions): AsyncGenerator<string> {
  if (typeof source !== 'string') yield* source
  else for await (const { texts } of (await openDataset(source, dataOptions(task))).stream()) yield* texts
}

/** Sizes that cannot be are the user's. */
async function learn(trainer: TokenizerTrainer, options: VocabularyOptions & TrainingWatch): Promise<Tokenizer> {
  try {
    return await trainer.train(options)
  } catch (cause) {
    throw cause instanceof RangeError ? new UserError(cause.message, { cause }) : cause
  }
}

function bytesPerToken(tokenizer: Tokenizer, texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const tokens = texts.reduce((sum, text) => sum + tokenizer.encode(text, { specialTokens: false }).length, 0)
  return bytes / tokens
}
