import { foldIn, type Key, scope, type Tensor } from '@tlc/tensor'
import { breathe } from './breathe.ts'
import { encodeCheckpoint, restoreCheckpoint } from './checkpoint.ts'
import { loadParameters, parameterTensors } from './load-parameters.ts'
import type { LossScale } from './loss-scale.ts'
import type { Module } from './module.ts'
import type { Optimizer } from './optimizers/optimizer.ts'
import { decodeTensors, encodeTensors } from './safetensors/tensors.ts'
import type { Schedule } from './schedules.ts'
import { finiteLoss, finiteStep, NonFiniteLossError, trainStep } from './train-step.ts'

/** What an evaluation found, as JSON can hold it. The lower the loss, the better the model. */
export interface Findings {
  readonly loss: number
}

/** The model seen from outside, after so many steps. */
export interface Evaluation<Found extends Findings> {
  readonly step: number
  /** mean over the steps since the evaluation before; null before the first step */
  readonly trainingLoss: number | null
  readonly found: Found
}

/** When and how a model is judged. */
export interface EvaluationOptions<Found extends Findings> {
  /** whether to look after so many steps, 0 (before the first) and the last among them */
  readonly due: (step: number) => boolean
  /** judges the model on data that it is not trained on, always the same: no random numbers but from a fixed key */
  readonly evaluate: () => Promise<Found>
  /** hears of each evaluation as it is made, not of those of earlier runs */
  readonly onEvaluation?: (evaluation: Evaluation<Found>) => void | Promise<void>
  /** stops when so many evaluations in a row have found no lower loss than the best before them; never by default */
  readonly patience?: number
  /** ends with the weights that had the lowest loss rather than with the last; false by default */
  readonly keepBest?: boolean
}

/** Where checkpoints are kept, as files by name. In Node, `checkpointFolder` of `@tlc/nn/node`. */
export interface CheckpointStore {
  /** the last one written, or undefined if there is none */
  read(): Promise<ReadonlyMap<string, Uint8Array> | undefined>
  /** keeps a checkpoint, whole or not at all */
  write(files: ReadonlyMap<string, Uint8Array>): Promise<unknown>
}

/** A step that was made. */
export interface StepReport {
  /** counted from 0 */
  readonly step: number
  readonly loss: number
  readonly learningRate: number
}

/** Steps of training, each of them a function of its number, counted from 0, so that a resumed run goes on to the same bits. */
export interface StepsOptions<Batch> {
  /** of the parameters that are trained */
  readonly optimizer: Optimizer
  /** η of each step */
  readonly schedule: Schedule
  /**
   * The micro-batches of a step: their gradients are summed, so that a batch may be larger than memory. Tensors made here
   * are freed after the step.
   */
  readonly batch: (step: number) => readonly Batch[] | Promise<readonly Batch[]>
  /** of a micro-batch: a scalar, a mean over what `weigh` counts */
  readonly loss: (microBatch: Batch, key: Key) => Tensor
  /** of dropout; each micro-batch of each step has its own */
  readonly key: Key
  /** how much a micro-batch counts, its examples or its masked tokens; all the same by default */
  readonly weigh?: (microBatch: Batch) => number
  /** gradients together longer than this are scaled down to it; not by default */
  readonly maxNorm?: number
  /** of mixed precision; none by default */
  readonly lossScale?: LossScale
}

export interface TrainOptions<Batch, Found extends Findings> extends StepsOptions<Batch> {
  readonly model: Module
  /** in all, those of earlier runs included */
  readonly steps: number
  readonly evaluation?: EvaluationOptions<Found>
  /** resumes from the last checkpoint in it, and writes; none by default */
  readonly checkpoints?: CheckpointStore
  /** work that a kill can cost at most; 60 by default */
  readonly saveEverySeconds?: number
  /** hears at which step the run begins: 0, or where the checkpoint was written */
  readonly onStart?: (step: number, evaluations: readonly Evaluation<Found>[]) => void | Promise<void>
  readonly onStep?: (report: StepReport) => void | Promise<void>
  /** when aborted, the step is finished, a checkpoint written, and the signal's reason thrown */
  readonly signal?: AbortSignal
}

export interface TrainResult<Found extends Findings> {
  /** steps made, fewer than asked for if patience ended */
  readonly steps: number
  /** all of them, those of earlier runs included */
  readonly evaluations: readonly Evaluation<Found>[]
}

/** All of a run that is neither a tensor nor a function of the step's number. */
interface RunState<Found extends Findings> {
  step: number
  lossSum: number
  lossCount: number
  evaluations: Evaluation<Found>[]
}

const bestFile = 'best.safetensors'

/**
 * Trains a model: for each step a batch, its gradients, an update; now and then an evaluation and a checkpoint. Killed at
 * any moment and called again, it goes on from the last checkpoint to the bits of a run that was never interrupted.
 *
 * @throws NonFiniteLossError with the step, before lost weights reach a checkpoint; the reason of `signal`
 */
export async function train<Batch, Found extends Findings = Findings>(
  options: TrainOptions<Batch, Found>,
): Promise<TrainResult<Found>> {
  const { model, steps, checkpoints, evaluation, signal } = options
  const saved = await checkpoints?.read()
  const run = saved ? (restoreCheckpoint(options, saved) as RunState<Found>) : newRun<Found>()
  let best = saved?.get(bestFile)
  await options.onStart?.(run.step, run.evaluations)

  const save = async (): Promise<void> => {
    if (!checkpoints) return
    const files = await encodeCheckpoint(options, run)
    await checkpoints.write(best ? new Map([...files, [bestFile, best]]) : files)
  }
  const evaluate = async (): Promise<void> => {
    if (!evaluation?.due(run.step) || run.evaluations.at(-1)?.step === run.step) return
    const made = await evaluateModel(run, evaluation)
    if (evaluation.keepBest && made === bestOf(run.evaluations)) best = await encodeTensors(parameterTensors(model))
    await evaluation.onEvaluation?.(made)
  }

  await evaluate()
  let lastSave = performance.now()
  while (run.step < steps && !isOver(run.evaluations, evaluation?.patience)) {
    await breathe()
    const step = run.step++
    const loss = await takeStep(options, step)
    run.lossSum += loss
    run.lossCount++
    await options.onStep?.({ step, loss, learningRate: options.schedule(step) })
    await evaluate()
    const isLast = run.step >= steps || isOver(run.evaluations, evaluation?.patience)
    if (isLast || signal?.aborted || performance.now() - lastSave >= (options.saveEverySeconds ?? 60) * 1000) {
      await save()
      lastSave = performance.now()
    }
    signal?.throwIfAborted()
  }
  if (best) loadWeights(model, best)
  return { steps: run.step, evaluations: run.evaluations }
}

function newRun<Found extends Findings>(): RunState<Found> {
  return { step: 0, lossSum: 0, lossCount: 0, evaluations: [] }
}

/**
 * One step: its batch, its gradients, its update. The loss is read back, so the device is waited for.
 *
 * @returns the loss before the update
 * @throws NonFiniteLossError with the step
 */
export async function takeStep<Batch>(options: StepsOptions<Batch>, step: number): Promise<number> {
  const { optimizer, key, weigh = () => 1, maxNorm, lossScale } = options
  using _step = scope()
  const microBatches = await options.batch(step)
  const counts = microBatches.map(weigh)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const stepKey = foldIn(key, step)
  const result = trainStep({
    optimizer,
    microBatches,
    weights: counts.map((count) => count / total),
    loss: (microBatch, index) => options.loss(microBatch, foldIn(stepKey, index)),
    learningRate: options.schedule(step),
    ...(maxNorm !== undefined && { maxNorm }),
    ...(lossScale && { lossScale }),
  })
  return await (lossScale ? finiteLoss(result.loss, step) : finiteStep(result, step)) // while the step still holds its tensors
}

/** Looks at the model, and begins a new mean of the training loss. */
async function evaluateModel<Found extends Findings>(
  run: RunState<Found>,
  { evaluate }: EvaluationOptions<Found>,
): Promise<Evaluation<Found>> {
  const { step, lossSum, lossCount } = run
  const found = await evaluate()
  // The weights after the last step have had no training loss yet to show that they are lost.
  if (!Number.isFinite(found.loss))
    throw new NonFiniteLossError(step, found.loss, `the validation loss after step ${step} is ${found.loss}`)
  const made = { step, trainingLoss: lossCount > 0 ? lossSum / lossCount : null, found }
  run.evaluations.push(made)
  run.lossSum = 0
  run.lossCount = 0
  return made
}

/** The evaluation with the lowest loss, the first of equals. */
function bestOf<Found extends Findings>(evaluations: readonly Evaluation<Found>[]): Evaluation<Found> | undefined {
  return evaluations.reduce<Evaluation<Found> | undefined>(
    (best, each) => (best && best.found.loss <= each.found.loss ? best : each),
    undefined,
  )
}

/** @see Prechelt 1998, Early stopping - but when?, the third class of criteria */
function isOver(evaluations: readonly Evaluation<Findings>[], patience = Infinity): boolean {
  const best = bestOf(evaluations)
  return best !== undefined && evaluations.length - 1 - evaluations.indexOf(best) >= patience
}

function loadWeights(model: Module, file: Uint8Array): void {
  using _read = scope()
  loadParameters(model, decodeTensors(file))
}
