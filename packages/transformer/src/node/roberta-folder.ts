import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '@tlc/nn/node'
import { decodeRoberta, encodeRoberta, type PretrainedRoberta, type RobertaWithHead } from '../roberta/files.ts'
import type { Tokenizer } from '../tokenizer/index.ts'

const names = ['config.json', 'tokenizer.json', 'model.safetensors'] as const

/**
 * Writes a model to a folder as Hugging Face does: `config.json`, `tokenizer.json` (if a tokenizer is given) and
 * `model.safetensors`, each of them whole or not at all. Other files that are there stay.
 */
export async function saveRoberta(folder: string, model: RobertaWithHead, tokenizer?: Tokenizer): Promise<void> {
  for (const [name, data] of await encodeRoberta(model, tokenizer)) await writeFileAtomically(join(folder, name), data)
}

/**
 * Reads the model, and the tokenizer if there is one, from such a folder.
 *
 * @throws Error if a file is missing, corrupt, or does not fit the configuration
 */
export async function loadRoberta(folder: string): Promise<PretrainedRoberta> {
  const files = new Map<string, Uint8Array>()
  for (const name of names) {
    const data = await readIfThere(join(folder, name))
    if (data) files.set(name, data)
  }
  try {
    return decodeRoberta(files)
  } catch (cause) {
    throw new Error(`no model can be read from ${folder}: ${(cause as Error).message}`, { cause })
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
