import {
  type Evaluation,
  type EvaluationOptions,
  type Findings,
  MovingAverage,
  NonFiniteLossError,
  namedParameters,
  type StepReport,
  type TrainOptions,
  train,
} from '@tlc/nn'
import { CheckpointError, checkpointFolder } from '@tlc/nn/node'
import { DTypeError } from '@tlc/tensor'
import type { UnfinishedRun } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { MeanWeights } from './mean-weights.ts'
import { Pace } from './pace.ts'
import type { Measures, TaskOptions, TaskProgress } from './task.ts'

/** Which weights a training ends with, if not with its last ones. */
export type Averaging =
  /** the exponential moving average of all steps, that evaluations see, too */
  | { readonly kind: 'moving'; readonly decay: number }
  /** the mean of those at the last so many evaluations, where it is better than the last */
  | { readonly kind: 'mean'; readonly count: number }

/** An evaluation by its names. */
export type Measured = Findings & Measures

/** A training, without what its folder knows. */
export interface FolderTraining<Batch>
  extends Omit<
    TrainOptions<Batch, Measured>,
    'checkpoints' | 'evaluation' | 'movingAverage' | 'onStart' | 'onStep' | 'signal'
  > {
  readonly evaluation: Omit<EvaluationOptions<Measured>, 'onEvaluation'>
  /** in the texts of the last step */
  readonly tokens: () => number
  readonly averaging?: Averaging | undefined
}

/** What a training came to. */
export interface TrainedInFolder {
  readonly steps: number
  /** of the weights that the model has now */
  readonly found: Measured
}

/** Steps of small models take a millisecond; nobody reads that fast. */
const millisecondsBetweenReports = 250

/**
 * Trains as `train` does, with checkpoints and `metrics.jsonl` in a run's folder, and tells how far it is. The log has a
 * line for each step and each evaluation; those of steps that are made again after a kill are written again.
 *
 * @throws UserError for a loss that is not finite, a checkpoint that cannot be written or read, a backend without f16
 */
export async function trainInFolder<Batch>(
  { tokens, averaging, ...training }: FolderTraining<Batch>,
  run: UnfinishedRun<never>,
  task: TaskOptions,
): Promise<TrainedInFolder> {
  const { model, steps, evaluation } = training
  const { onProgress = () => undefined, signal } = task
  using movingAverage =
    averaging?.kind === 'moving' ? new MovingAverage(namedParameters(model), { decay: averaging.decay }) : undefined
  const mean = averaging?.kind === 'mean' ? new MeanWeights(model, averaging.count, run.directory) : undefined
  const report = stepReports(steps, tokens, onProgress)
  try {
    const { steps: made, evaluations } = await train<Batch, Measured>({
      ...training,
      checkpoints: checkpointFolder(run.checkpointDirectory),
      ...(movingAverage && { movingAverage }),
      ...(signal && { signal }),
      onStart(step) {
        report.begin(step)
        // Before the first checkpoint all is done again, the evaluation at step 0 too.
        const seen = step === 0 ? [] : run.metrics().filter((line) => Number(line.step) <= step)
        return run.keep(seen.length)
      },
      async onStep({ step, loss, learningRate }) {
        await run.append({ step: step + 1, loss, learningRate })
        report.made({ step, loss, learningRate })
      },
      evaluation: {
        ...evaluation,
        async onEvaluation({ step, trainingLoss, found }) {
          await mean?.keep(step)
          await run.append({ step, trainingLoss, ...found })
          onProgress({ phase: 'evaluated', step, measures: found })
        },
      },
    })
    const last = evaluation.keepBest ? bestOf(evaluations) : evaluations.at(-1)!.found
    if (!evaluation.keepBest) movingAverage?.swapIn() // for good: the averages are the model's weights now
    return { steps: made, found: mean ? await mean.end(made, last, evaluation.evaluate) : last }
  } catch (error) {
    throw explained(error, run.directory)
  }
}

function bestOf(evaluations: readonly Evaluation<Measured>[]): Measured {
  return evaluations.map(({ found }) => found).reduce((best, each) => (each.loss < best.loss ? each : best))
}

/** Tells of steps, not of all of them. */
function stepReports(steps: number, tokens: () => number, onProgress: (progress: TaskProgress) => void) {
  const pace = new Pace()
  let last = -Infinity
  return {
    begin: (step: number): void => pace.reached(step, 0),
    made({ step, loss, learningRate }: StepReport): void {
      pace.reached(step + 1, tokens())
      if (performance.now() - last < millisecondsBetweenReports && step + 1 < steps) return
      last = performance.now()
      const left = { tokensPerSecond: pace.tokensPerSecond, secondsLeft: pace.secondsLeft(steps) }
      onProgress({ phase: 'training', step: step + 1, steps, loss, learningRate, ...left })
    },
  }
}

/** A failure that the user can put right, as one for the user. */
function explained(error: unknown, directory: string): unknown {
  if (error instanceof NonFiniteLossError) {
    return new UserError(
      `${error.finding}, expected a finite number. Train with a lower learning rate or a longer warm-up, in another ` +
        `folder; the last good checkpoint is kept in ${directory}`,
      { cause: error },
    )
  }
  if (error instanceof DTypeError)
    return new UserError(`this backend does not compute with f16: ${error.message}. Leave the precision f32`, {
      cause: error,
    })
  return error instanceof CheckpointError ? new UserError(error.message, { cause: error }) : error
}

/** Whether to evaluate after a step, for so many evaluations evenly in all steps, and one at step 0. */
export function evenly(evaluations: number, steps: number): (step: number) => boolean {
  const count = Math.min(evaluations, steps)
  return (step) => Math.floor((step * count) / steps) > Math.floor(((step - 1) * count) / steps)
}
