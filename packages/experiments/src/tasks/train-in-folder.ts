import { type Findings, NonFiniteLossError, type TrainOptions, type TrainResult, train } from '@tlc/nn'
import { CheckpointError, checkpointFolder } from '@tlc/nn/node'
import { DTypeError } from '@tlc/tensor'
import type { UnfinishedRun } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { Pace } from './pace.ts'
import type { Measures, TaskOptions } from './task.ts'

/** An evaluation by its names. */
export type Measured = Findings & Measures

/** A training, without what its folder knows. */
export interface FolderTraining<Batch>
  extends Omit<TrainOptions<Batch, Measured>, 'checkpoints' | 'onStart' | 'onStep' | 'signal'> {
  /** in a step's texts */
  readonly tokensOf: (step: number) => number
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
  { tokensOf, ...training }: FolderTraining<Batch>,
  run: UnfinishedRun<never>,
  { onProgress = () => undefined, signal }: TaskOptions,
): Promise<TrainResult<Measured>> {
  const { steps, evaluation } = training
  const pace = new Pace()
  let lastReport = -Infinity
  const begin = (step: number): Promise<void> => {
    // Before the first checkpoint all is done again, the evaluation at step 0 too.
    const seen = step === 0 ? [] : run.metrics().filter((line) => Number(line.step) <= step)
    pace.reached(step, 0)
    return run.keep(seen.length)
  }
  try {
    return await train<Batch, Measured>({
      ...training,
      checkpoints: checkpointFolder(run.checkpointDirectory),
      ...(signal && { signal }),
      onStart: begin,
      async onStep({ step, loss, learningRate }) {
        await run.append({ step: step + 1, loss, learningRate })
        pace.reached(step + 1, tokensOf(step))
        if (performance.now() - lastReport < millisecondsBetweenReports && step + 1 < steps) return
        lastReport = performance.now()
        const left = { tokensPerSecond: pace.tokensPerSecond, secondsLeft: pace.secondsLeft(steps) }
        onProgress({ phase: 'training', step: step + 1, steps, loss, learningRate, ...left })
      },
      ...(evaluation && {
        evaluation: {
          ...evaluation,
          async onEvaluation({ step, trainingLoss, found }) {
            await run.append({ step, trainingLoss, ...found })
            onProgress({ phase: 'evaluated', step, measures: found })
          },
        },
      }),
    })
  } catch (error) {
    throw explained(error, run.directory)
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
