import { scope } from '@tlc/tensor'
import { checkTensors } from './copy-tensors.ts'
import { loadParameters, parameterTensors } from './load-parameters.ts'
import type { LossScale, LossScaleState } from './loss-scale.ts'
import type { Module } from './module.ts'
import type { MovingAverage, MovingAverageState } from './moving-average.ts'
import type { Optimizer } from './optimizers/optimizer.ts'
import { decodeTensors, encodeTensors } from './safetensors/tensors.ts'

/** What is being trained. */
export interface Training {
  readonly model: Module
  readonly optimizer?: Optimizer
  /** of mixed precision */
  readonly lossScale?: LossScale
  /** of the model's weights */
  readonly movingAverage?: MovingAverage
}

const modelFile = 'model.safetensors'
const optimizerFile = 'optimizer.safetensors'
const averageFile = 'average.safetensors'
const stateFile = 'state.json'

/**
 * Everything a run needs to go on to the same bits, as files by name: `model.safetensors`, `optimizer.safetensors`,
 * `average.safetensors` (with a moving average) and `state.json`.
 *
 * @param state all that is not a tensor, as JSON can hold it: the step, random keys, the position in the data, the schedule's settings
 */
export async function encodeCheckpoint(
  { model, optimizer, lossScale, movingAverage }: Training,
  state: unknown,
): Promise<Map<string, Uint8Array>> {
  const files = new Map([[modelFile, await encodeTensors(parameterTensors(model), new Map([['format', 'pt']]))]])
  const optimizerState = optimizer?.state()
  if (optimizerState) files.set(optimizerFile, await encodeTensors(optimizerState.tensors))
  const average = movingAverage?.state()
  if (average) files.set(averageFile, await encodeTensors(average.tensors))
  const json = {
    optimizer: optimizerState ? { step: optimizerState.step } : null,
    ...(lossScale && { lossScale: await lossScale.state() }),
    ...(average && { movingAverage: { updates: average.updates } }),
    state,
  }
  return files.set(stateFile, new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`))
}

/**
 * Puts the tensors of a checkpoint into a model, an optimizer and a moving average of its parameters, and the scale of its
 * loss.
 *
 * @returns the state that was saved with it
 * @throws Error if a file is missing or corrupt, or belongs to another model, with nothing changed
 */
export function restoreCheckpoint(
  { model, optimizer, lossScale, movingAverage }: Training,
  files: ReadonlyMap<string, Uint8Array>,
): unknown {
  using _read = scope()
  const { optimizer: scalars, lossScale: scale, movingAverage: average, state } = parseState(fileOf(files, stateFile))
  const tensors = decodeTensors(fileOf(files, modelFile))
  checkTensors(parameterTensors(model), tensors, 'the module')
  if (lossScale && !scale)
    throw new Error('checkpoint: it was saved without a loss scale; restore without, and begin with a new one')
  const averages = movingAverage && readAverage(movingAverage, files, average)
  if (optimizer) {
    if (!scalars) throw new Error('checkpoint: it was saved without an optimizer; restore the model alone')
    optimizer.load({ step: scalars.step, tensors: decodeTensors(fileOf(files, optimizerFile)) })
  }
  if (lossScale && scale) lossScale.load(scale)
  if (averages) movingAverage?.load(averages)
  loadParameters(model, tensors)
  return state
}

function readAverage(
  movingAverage: MovingAverage,
  files: ReadonlyMap<string, Uint8Array>,
  saved: State['movingAverage'],
): MovingAverageState {
  if (!saved)
    throw new Error('checkpoint: it was saved without a moving average; restore without, and begin with a new one')
  const tensors = decodeTensors(fileOf(files, averageFile))
  checkTensors(movingAverage.state().tensors, tensors, 'the moving average')
  return { updates: saved.updates, tensors }
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name)
  if (!file) throw new Error(`checkpoint: ${name} is missing; there are ${[...files.keys()].join(', ') || 'no files'}`)
  return file
}

interface State {
  readonly optimizer: { readonly step: number } | null
  readonly lossScale?: LossScaleState
  readonly movingAverage?: { readonly updates: number }
  readonly state: unknown
}

function parseState(file: Uint8Array): State {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(file)) as State
    if (typeof parsed === 'object' && parsed !== null && 'state' in parsed && 'optimizer' in parsed) return parsed
  } catch (cause) {
    throw new Error(`checkpoint: ${stateFile} is no JSON; it is cut off or damaged`, { cause })
  }
  throw new Error(`checkpoint: ${stateFile} has no entries 'state' and 'optimizer'; it is not from a checkpoint`)
}
