import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type StoredTensor, serializeSafetensors } from '@tlc/nn'
import { type Artefact, decode } from '@tlc/quant'
import { loadPretrained, nameInFile, type PretrainedModel, type PretrainedModule } from '@tlc/transformer'
import { explained } from '../../store/index.ts'
import { UserError } from '../../user-error.ts'

/** The name of an artefact in a model's folder. */
export const artefactFile = 'compressed.safetensors'

/**
 * The file of an artefact, by its path or that of its folder; undefined if there is none.
 *
 * @throws UserError if it may not be read
 */
export async function readArtefactFile(path: string): Promise<Uint8Array | undefined> {
  const file = path.endsWith('.safetensors') ? path : join(path, artefactFile)
  return await explained(`read ${file}`, () =>
    readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw error
    }),
  )
}

/** A model's config.json as text. */
export async function configOfModel(model: PretrainedModule): Promise<string> {
  return new TextDecoder().decode((await model.encodePretrained()).get('config.json'))
}

/**
 * The model of an artefact, its weights decoded to f32: made of nothing but the artefact.
 *
 * @throws UserError if the artefact does not say what model it is
 */
export async function modelOfArtefact({ config, tensors }: Artefact): Promise<PretrainedModel> {
  if (config === undefined)
    throw new UserError('the artefact has no config, so its model cannot be made; tlc compress writes one that has')
  const family = familyOf(config)
  const weights = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    const values = decode(tensor)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    weights.set(nameInFile(name, family), { type: 'F32', shape: tensor.shape, bytes })
  }
  const files = new Map([
    ['config.json', new TextEncoder().encode(config)],
    ['model.safetensors', serializeSafetensors(weights)],
  ])
  return (await loadPretrained(files)).model
}

/** Whose names the weights have in files, by a model's config.json. */
export function familyOf(config: string): 'bert' | 'roberta' {
  const { model_type } = JSON.parse(config) as { readonly model_type?: unknown }
  return model_type === 'bert' || model_type === 'tlc-bert' ? 'bert' : 'roberta'
}
