import type { Module } from '@tlc/nn'
import { breakEvenSparsity } from '@tlc/prune'
import type { Artefact } from '@tlc/quant'
import { scope, sizeOf } from '@tlc/tensor'
import { type DeployedLayer, deploy } from '../../compression/deploy.ts'
import { formatPercent } from '../../quantities.ts'
import { UserError } from '../../user-error.ts'
import type { LoadedModel } from '../load-model.ts'
import type { TaskOptions } from '../task.ts'

/**
 * Lets a compressed model compute with its weights as they are, layer by layer where that is faster on this device, and
 * tells, as notes, from which sparsity on sparse products of these sizes pay.
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
  const layers = await deploy(model, artefact, {
    sample() {
      using _sample = scope()
      run()
    },
  })
  for (const message of await breakEvens(layers, artefact)) onProgress?.({ phase: 'note', message })
  return layers
}

/** From which share of zeros on sparse products are faster here, of each size of layer for which they were tried. */
async function breakEvens(layers: readonly DeployedLayer[], { tensors }: Artefact): Promise<string[]> {
  const sizes = layers
    .filter(({ times }) => times.sparse)
    .map(({ path, input }) => [...tensors.get(`${path}.weight`)!.shape, sizeOf(input.slice(0, -1))].join(' '))
  const messages: string[] = []
  for (const size of new Set(sizes)) {
    const [outputSize, inputSize, rows] = size.split(' ').map(Number) as [number, number, number]
    const { sparsity } = await breakEvenSparsity({ outputSize, inputSize, rows, rounds: 5 })
    const from =
      sparsity === undefined ? 'are slower than dense at 95% zeros' : `pay from ${formatPercent(sparsity, 0)} zeros on`
    messages.push(`sparse products of ${rows} rows by a weight of ${outputSize} x ${inputSize}, single zeros, ${from}`)
  }
  return messages
}
