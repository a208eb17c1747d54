import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Module } from '@tlc/nn'
import { type RobertaWithHead, Tokenizer } from '@tlc/transformer'
import { loadRoberta } from '@tlc/transformer/node'
import { UserError } from '../user-error.ts'

/** A model that can read text. */
export interface LoadedModel<Model = RobertaWithHead> {
  readonly model: Model
  readonly tokenizer: Tokenizer
}

/**
 * The model and tokenizer of a folder in Hugging Face's layout.
 *
 * @throws UserError if there is none, it is damaged, or its tokenizer is missing or does not fit
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  await expectFiles(folder)
  const { model, tokenizer } = await explainedLoading(() => loadRoberta(folder))
  if (!tokenizer)
    throw new UserError(`${folder}: has a model but no tokenizer.json; copy there the one it was trained with`)
  checkFit(folder, tokenizer, model.roberta.config.vocabularySize)
  return { model, tokenizer }
}

/**
 * A loaded model as one of a class.
 *
 * @throws UserError if it is of another
 */
export function expectModel<Model extends Module>(
  folder: string,
  { model, tokenizer }: LoadedModel<Module>,
  expected: abstract new (...parameters: never[]) => Model,
): LoadedModel<Model> {
  if (model instanceof expected) return { model, tokenizer }
  throw new UserError(`${folder} has a ${model.constructor.name}, expected a ${expected.name}; give another --model`)
}

/** The tokenizer of a folder, or of a `tokenizer.json` given by its path. */
export async function loadTokenizerFrom(path: string): Promise<Tokenizer> {
  const found = await stat(path).catch(() => undefined)
  const file = found?.isDirectory() ? join(path, 'tokenizer.json') : path
  let json: string
  try {
    json = await readFile(file, 'utf8')
  } catch (cause) {
    throw new UserError(
      `cannot read ${file}: ${(cause as Error).message}; expected a folder with a tokenizer.json, or that file ` +
        '(tlc tokenizer train makes one)',
      { cause },
    )
  }
  try {
    return Tokenizer.fromJSON(json)
  } catch (cause) {
    throw new UserError(`${file}: ${(cause as Error).message}`, { cause })
  }
}

/** @throws UserError if a tokenizer has ids that a model does not */
export function checkFit(place: string, tokenizer: Tokenizer, vocabularySize: number): void {
  if (tokenizer.vocabularySize <= vocabularySize) return
  throw new UserError(
    `${place}: the tokenizer does not fit the model: it has ${tokenizer.vocabularySize} tokens, the model ` +
      `${vocabularySize}; give the tokenizer that the model was trained with`,
  )
}

async function expectFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(
      `${folder}: ${cause.code === 'ENOTDIR' ? 'is a file' : 'there is no such folder'}; expected a folder with ` +
        'config.json, model.safetensors and tokenizer.json (tlc train and tlc finetune make them)',
      { cause },
    )
  })
  if (names.includes('config.json')) return
  throw new UserError(
    `${folder}: has no model: config.json is missing; there are ${names.slice(0, 10).join(', ') || 'no files'}` +
      (names.some((name) => name.startsWith('training-'))
        ? '. Its training is not finished: run the same tlc train again'
        : ''),
  )
}

/** Loading fails by the files' fault alone. */
async function explainedLoading<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  try {
    return await load()
  } catch (cause) {
    throw new UserError((cause as Error).message, { cause })
  }
}
