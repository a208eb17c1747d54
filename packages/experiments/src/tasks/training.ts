import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { disposeModule, LossScale, type Module, type Precision } from '@tlc/nn'
import { explained, type UnfinishedRun } from '../store/index.ts'
import { type Budget, stepsOfBudget } from './steps-of-budget.ts'
import type { Measures, TaskOptions } from './task.ts'
import { type FolderTraining, trainInFolder } from './train-in-folder.ts'
import { openTraining, type TrainingConfig } from './training-folder.ts'

/** How any model is trained, whatever the task. */
export interface TrainingRecipe extends Budget {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** the folder for the model, and for the training that leads to it */
  readonly out: string
  /** sequences in a step */
  readonly batchSize: number
  /** sequences that are computed at once; all of the batch by default. Their gradients are summed. */
  readonly microBatchSize?: number | undefined
  /** tokens of the longest sequence */
  readonly length: number
  readonly learningRate: number
  /** share of the steps in which the learning rate rises */
  readonly warmUp: number
  readonly dropout: number
  readonly seed: number
  /** how often the model is judged, evenly in all steps */
  readonly evaluations: number
  /** stops after so many evaluations without a lower loss; never by default */
  readonly patience?: number | undefined
  /** f16 on a backend that computes with it; f32 by default */
  readonly precision?: Precision | undefined
  /** remember only what goes into each layer, and run it again in the backward pass: for less memory, the same bits */
  readonly recompute?: boolean | undefined
  /** of work, that a kill can cost at most; 60 by default */
  readonly saveEverySeconds?: number | undefined
}

/** What a training found. */
export interface TrainedModel {
  readonly folder: string
  /** fewer than planned if patience ended */
  readonly steps: number
  /** of the model in the folder, on held-out data */
  readonly measures: Measures
}

/** A model about to be trained, with what it holds in memory. */
export interface StartedTraining<Batch, Trained extends Module> extends FolderTraining<Batch>, Disposable {
  readonly model: Trained
}

/** A training of some kind of model. */
export interface TrainingKind<Batch, Trained extends Module> {
  readonly recipe: TrainingRecipe
  /** all that the weights depend on: with it alike, a training goes on; else it is another one */
  readonly config: TrainingConfig
  /** makes the model, and all that trains it for so many steps */
  readonly start: (steps: number) => StartedTraining<Batch, Trained> | Promise<StartedTraining<Batch, Trained>>
  /** hears how many steps it will be */
  readonly planned?: (steps: number) => void
  /** writes the trained model to a folder, with what else is needed to use it */
  readonly save: (model: Trained, folder: string) => Promise<void>
}

/**
 * Trains a model into a folder, which ends up with the model and the training's `metrics.jsonl`. The same call again goes
 * on where it was, to the same bits, or finds all done.
 *
 * @throws UserError for what the user can put right; the reason of the signal, with all kept
 */
export async function runTraining<Batch, Trained extends Module>(
  kind: TrainingKind<Batch, Trained>,
  task: TaskOptions,
): Promise<TrainedModel> {
  const { recipe, config } = kind
  const run = await openTraining<TrainedModel>(recipe.out, config)
  if (run.finished) {
    task.onProgress?.({ phase: 'note', message: `${recipe.out}: was trained before; nothing is left to do` })
    return run.result
  }
  try {
    const result = await trainAndSave(kind, run, task)
    await run.finish(result)
    return result
  } catch (error) {
    await run.close()
    throw error
  }
}

async function trainAndSave<Batch, Trained extends Module>(
  { recipe, start, planned, save }: TrainingKind<Batch, Trained>,
  run: UnfinishedRun<TrainedModel>,
  task: TaskOptions,
): Promise<TrainedModel> {
  const { out: folder } = recipe
  const steps = await stepsOfBudget(recipe, run, start, task)
  planned?.(steps)
  using training = await start(steps)
  const made = await trainInFolder(training, run, task)
  await explained(`write to ${folder}`, async () => {
    await save(training.model, folder)
    await copyFile(join(run.directory, 'metrics.jsonl'), join(folder, 'metrics.jsonl'))
  })
  return { folder, steps: made.steps, measures: made.found }
}

/** What of a recipe changes the weights; the rest changes how long it takes. */
export function configOf(recipe: TrainingRecipe): TrainingConfig {
  const { data: _, out: __, saveEverySeconds: ___, recompute: ____, ...config } = recipe
  return config
}

/** What trainings of a recipe have in common: clipping, the scale of the loss in f16, and giving memory back. */
export function started<Batch, Trained extends Module>(
  { precision, saveEverySeconds }: Pick<TrainingRecipe, 'precision' | 'saveEverySeconds'>,
  training: FolderTraining<Batch> & { readonly model: Trained },
): StartedTraining<Batch, Trained> {
  const lossScale = precision === 'f16' ? new LossScale() : undefined
  return {
    ...training,
    maxNorm: 1,
    ...(saveEverySeconds !== undefined && { saveEverySeconds }),
    ...(lossScale && { lossScale }),
    [Symbol.dispose]() {
      lossScale?.dispose()
      training.optimizer.dispose()
      disposeModule(training.model)
    },
  }
}
