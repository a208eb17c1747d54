import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Module } from '@tlc/nn'
import { type Artefact, readArtefact } from '@tlc/quant'
import {
  loadPretrained,
  type PretrainedModel,
  type PretrainedSource,
  readPretrained,
  Tokenizer,
} from '@tlc/transformer'
import { UserError } from '../user-error.ts'
import { modelOfArtefact, readArtefactFile } from './compression/artefact-model.ts'

/** A model that can read text. */
export interface LoadedModel<Model = PretrainedModel> {
  readonly model: Model
  readonly tokenizer: Tokenizer
  /** what its weights were decoded from, of a compressed model */
  readonly artefact?: Artefact | undefined
}

/**
 * The files of a model's folder.
 *
 * @throws UserError if there is none
 */
export function readModelFiles(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  return explained(folder, () => readPretrained(folder))
}

/**
 * The model and tokenizer of a folder: a RoBERTa or BERT in Hugging Face's layout, a translation model of `tlc train`, or a
 * compressed model of `tlc compress`, its weights decoded.
 *
 * @param files of the folder, if they have been read
 * @throws UserError if there is none, it is damaged, or its tokenizer is missing or does not fit
 */
export async function loadModel(folder: string, files: PretrainedSource = folder): Promise<LoadedModel> {
  const { model, tokenizer, artefact } = await explained(
    folder,
    async (): Promise<AnyLoaded> => (await compressedModel(files)) ?? loadPretrained(files),
  )
  if (tokenizer) return { model, tokenizer, artefact }
  throw new UserError(`${folder}: has a model but no tokenizer.json; copy there the one it was trained with`)
}

type AnyLoaded = Awaited<ReturnType<typeof loadPretrained>> & Pick<LoadedModel, 'artefact'>

/** The model of an artefact in a folder, if there is one. */
async function compressedModel(folder: PretrainedSource): Promise<AnyLoaded | undefined> {
  if (typeof folder !== 'string') return undefined
  const file = await readArtefactFile(folder)
  if (!file) return undefined
  const json = await readFile(join(folder, 'tokenizer.json'), 'utf8').catch(() => undefined)
  const artefact = readArtefact(file)
  return {
    model: await modelOfArtefact(artefact),
    tokenizer: json === undefined ? undefined : Tokenizer.fromJSON(json),
    artefact,
  }
}

/** Reading a model fails by the files' fault alone: the error says in which folder they are. */
async function explained<Result>(folder: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (cause) {
    const { message } = cause as Error
    throw new UserError(`${message.includes(folder) ? '' : `${folder}: `}${message}${await unfinished(folder)}`, {
      cause,
    })
  }
}

/** What to do if a model is missing because it is still in training. */
async function unfinished(folder: string): Promise<string> {
  const names = await readdir(folder).catch((): string[] => [])
  const isTraining = names.some((name) => name.startsWith('training-')) && !names.includes('config.json')
  return isTraining ? '. Its training is not finished: run the same command again' : ''
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
