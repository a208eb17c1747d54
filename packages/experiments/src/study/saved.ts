import { dirname } from 'node:path'
import {
  decodeTensors,
  encodeCheckpoint,
  loadParameters,
  type Module,
  type Parameter,
  parameterTensors,
  restoreCheckpoint,
} from '@tlc/nn'
import { CheckpointError, readCheckpoint, writeCheckpoint } from '@tlc/nn/node'
import { loadMasks, saveMasks } from '@tlc/prune'
import { scope } from '@tlc/tensor'
import { UserError } from '../user-error.ts'
import type { CompressionState } from './compress.ts'
import type { TaskRun } from './task-run.ts'

const modelFile = 'model.safetensors'

/**
 * Puts the weights of a finished run into a model: those of the names that both have, so that an encoder pretrained as
 * a language model becomes that of a classifier.
 *
 * @throws UserError if they are gone or damaged
 */
export async function loadWeights(model: Module, checkpointDirectory: string): Promise<void> {
  const file = await readModel(checkpointDirectory)
  using _read = scope()
  const saved = decodeTensors(file)
  const tensors = new Map(parameterTensors(model))
  for (const [name, tensor] of saved) if (tensors.has(name)) tensors.set(name, tensor)
  loadParameters(model, tensors)
}

/** Of a run that is finished: going on from an earlier checkpoint is no remedy here. */
async function readModel(checkpointDirectory: string): Promise<Uint8Array> {
  const unusable = (problem: string, cause?: unknown): UserError =>
    new UserError(
      `${problem}. Delete ${dirname(checkpointDirectory)} and run the same command again to train it anew`,
      {
        cause,
      },
    )
  const files = await readCheckpoint(checkpointDirectory).catch((error: unknown) => {
    throw error instanceof CheckpointError ? unusable(`the trained model is lost: ${error.problem}`, error) : error
  })
  const file = files?.get(modelFile)
  if (!file) throw unusable(`${checkpointDirectory} has no trained model, although its run is finished`)
  return file
}

const masksFile = 'masks.safetensors'

/** Saves a model between two levels of pruning: weights, masks, and what is known so far. */
export async function saveLevel(
  { checkpointDirectory }: TaskRun,
  model: Module,
  parameters: ReadonlyMap<string, Parameter>,
  state: CompressionState,
): Promise<void> {
  const files = await encodeCheckpoint({ model }, state)
  await writeCheckpoint(checkpointDirectory, files.set(masksFile, saveMasks(parameters)))
}

/** Puts what was saved after the last level into a model; undefined if there was none. */
export async function loadLevel(
  { checkpointDirectory }: TaskRun,
  model: Module,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<CompressionState | undefined> {
  const files = await readCheckpoint(checkpointDirectory)
  if (!files) return undefined
  loadMasks(parameters, files.get(masksFile)!)
  return restoreCheckpoint({ model }, files) as CompressionState
}
