import { disposeModule, namedParameters } from '@tlc/nn'
import { openBackend, useBackend } from '@tlc/tensor'
import { type Inspection, inspectArtefact } from '../../inspect/inspection.ts'
import { UserError } from '../../user-error.ts'
import { loadModel } from '../load-model.ts'
import { readArtefactFile } from './artefact-model.ts'

/**
 * Looks into the artefact of a folder, or a file.
 *
 * @param before the folder of the model before, for the errors of weights
 * @throws UserError if there is none, or it is corrupt
 */
export async function inspectFolder(path: string, before?: string): Promise<Inspection> {
  const file = await readArtefactFile(path)
  if (!file) throw new UserError(`${path}: has no compressed.safetensors; give the --out of tlc compress, or the file`)
  try {
    return await inspectArtefact(file, before === undefined ? new Map() : await weightsOf(before))
  } catch (cause) {
    throw new UserError(`${path}: ${(cause as Error).message}`, { cause })
  }
}

async function weightsOf(folder: string): Promise<Map<string, Float32Array>> {
  const backend = await openBackend('reference')
  useBackend(backend)
  try {
    const { model } = await loadModel(folder)
    const weights = new Map<string, Float32Array>()
    for (const [name, { stored }] of namedParameters(model)) weights.set(name, (await stored.data()) as Float32Array)
    disposeModule(model)
    return weights
  } finally {
    await backend.close()
  }
}
