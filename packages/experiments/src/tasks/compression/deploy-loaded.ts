import type { Module } from '@tlc/nn'
import { scope } from '@tlc/tensor'
import { type DeployedLayer, deploy } from '../../compression/deploy.ts'
import { UserError } from '../../user-error.ts'
import type { LoadedModel } from '../load-model.ts'
import type { TaskOptions } from '../task.ts'

/**
 * Lets a compressed model compute with its weights as they are, layer by layer where that is faster on this device.
 *
 * @param run the model on what it is usually given
 * @returns a row for each linear layer
 * @throws UserError if the model is not compressed
 */
export async function deployLoaded(
  { model, artefact }: LoadedModel<Module>,
  run: () => unknown,
  { onProgress }: TaskOptions,
): Promise<DeployedLayer[]> {
  if (!artefact)
    throw new UserError('only a compressed model can be deployed, and this one is not; give the --out of tlc compress')
  onProgress?.({ phase: 'note', message: 'timing layers on this device' })
  return await deploy(model, artefact, {
    sample() {
      using _sample = scope()
      run()
    },
  })
}
