import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepsOptions } from '@tlc/nn'
import { stepSeconds } from '../step-seconds.ts'
import { type UnfinishedRun, writeFileAtomically } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import type { TaskOptions } from './task.ts'

const secondsOfTrial = 2
/** What a trial is told; it is stopped long before. */
const usualSteps = 1000
/** So small that no loss is lost in the steps that are timed. */
const harmless = 1e-9

/** How long to train: one of the two. */
export interface Budget {
  readonly steps?: number | undefined
  /** of training steps, evaluations not counted */
  readonly minutes?: number | undefined
}

/** A training to be tried out, and given back. */
type Trial<Batch> = Disposable & StepsOptions<Batch>

/**
 * The steps of a budget. Minutes become steps by the median time of a few steps of a trial, once: the number is kept in
 * the run's folder, so that a training that goes on ends at the step at which it would have ended.
 */
export async function stepsOfBudget<Batch>(
  { steps: given, minutes }: Budget,
  run: UnfinishedRun<never>,
  start: (steps: number) => Trial<Batch> | Promise<Trial<Batch>>,
  { onProgress, signal }: TaskOptions,
): Promise<number> {
  if (given !== undefined) return given
  if (minutes === undefined) throw new UserError('a training needs a number of steps or of minutes')
  const path = join(run.directory, 'steps.txt')
  const known = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  if (known > 0) return known
  onProgress?.({ phase: 'measuring' })
  using trial = await start(usualSteps)
  const steps = Math.max(
    1,
    Math.round((60 * minutes) / (await stepSeconds({ ...trial, schedule: () => harmless }, secondsOfTrial, signal))),
  )
  await writeFileAtomically(path, `${steps}\n`)
  return steps
}
