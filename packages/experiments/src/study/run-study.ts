import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { useBackend } from '@tlc/tensor'
import type { DataProgress } from '../data/index.ts'
import { judge } from '../hypotheses/index.ts'
import { readResults } from '../read-results.ts'
import type { StudyResults } from '../results.ts'
import { writeFileAtomically } from '../store/index.ts'
import { checkOutput } from './check-output.ts'
import { readElapsed, saveElapsed } from './elapsed.ts'
import { environmentOf } from './environment.ts'
import { measuredParts } from './measurements.ts'
import { openStudyBackend } from './open-study-backend.ts'
import { type Plan, planOf } from './plan.ts'
import { Progression, type SizeResults } from './progression.ts'
import type { Setting } from './setting.ts'
import type { Study, StudyBackend } from './study.ts'
import type { Place, TaskKind } from './tasks.ts'
import { loadTexts } from './texts.ts'
import { WorkerPool } from './worker-pool.ts'

/** How a study is run. */
export interface RunStudyOptions {
  readonly study: Study
  /** for `results.json` and `runs/` */
  readonly directory: string
  readonly seed: number
  readonly backend: StudyBackend
  /**
   * as many as there are cores by default; sizes train side by side on one thread each, in processes of their own, and
   * where there are fewer sizes than threads, on several
   */
  readonly threads?: number | undefined
  /** 256-bit vectors, where the engine can (see `openBackend`); true by default */
  readonly wide?: boolean | undefined
  /** steps of the first size, in place of the wall-clock budget; the others get steps for as many operations */
  readonly budgetSteps?: number | undefined
  /** of work, that a kill can cost at most; 10 by default */
  readonly saveEverySeconds?: number | undefined
  readonly cacheDirectory?: string | undefined
  /** the command that repeats it */
  readonly command: string
  readonly version: string
  readonly onProgress?: (progress: StudyProgress) => void
  /** ends the study, and its processes, when aborted; what was done is kept */
  readonly signal?: AbortSignal | undefined
}

/** What a study is at. */
export type StudyProgress =
  | { readonly phase: 'data'; readonly data: DataProgress }
  | { readonly phase: 'calibrating'; readonly model: string }
  | { readonly phase: 'planned'; readonly plan: Plan }
  | {
      readonly phase: 'running'
      readonly kind: TaskKind
      readonly model: string
      /** of this task, from 0 to 1 */
      readonly done: number
      readonly note: string
      /** of all the work that is left, by the calibrated step times and the pace so far */
      readonly secondsLeft: number
    }
  | { readonly phase: 'finished'; readonly kind: TaskKind; readonly model: string; readonly cached: boolean }

/**
 * Runs a study to its end: texts, calibration, then for each size pretraining, fine-tuning and compression, sizes side by
 * side; writes `results.json`. What is finished is not done again, and what was interrupted goes on, to the same numbers.
 *
 * @throws UserError for what the user can put right: data, disk, damaged files, a loss that is not finite
 * @throws the reason of `signal`, when it is aborted
 */
export async function runStudy(options: RunStudyOptions): Promise<StudyResults> {
  try {
    return await run(options)
  } catch (error) {
    options.signal?.throwIfAborted() // the reason says more than what broke because of it
    throw error
  }
}

async function run(options: RunStudyOptions): Promise<StudyResults> {
  const { directory, backend, version } = options
  const start = performance.now()
  await checkOutput(directory)
  const { setting, plans } = await prepare(options)
  const threads = options.threads ?? availableParallelism()
  const processes = Math.min(threads, plans.length)
  const threadsEach = backend === 'wasm' ? Math.floor(threads / processes) : 1

  const elapsed = await readElapsed(directory)
  const seconds = (): number => elapsed + (performance.now() - start) / 1000
  let repeated = true // nothing was left to do
  const hear = (progress: StudyProgress): void => {
    if (progress.phase === 'running' || (progress.phase === 'finished' && !progress.cached)) repeated = false
    options.onProgress?.(progress)
  }
  let found: Map<string, SizeResults>
  try {
    found = await perform(options, setting, plans, { processes, threadsEach }, hear)
  } finally {
    if (!repeated) await saveElapsed(directory, seconds())
  }
  const earlier = repeated ? await identityBefore(options) : undefined
  const results = judge({
    format: 1,
    study: identityOf(options, plans, repeated ? elapsed : seconds()),
    environment: environmentOf(backend, processes * threadsEach, version),
    ...earlier,
    ...measuredParts(setting, plans, found),
  })
  await writeFileAtomically(join(directory, 'results.json'), `${JSON.stringify(results)}\n`)
  return results
}

/** The texts, and how long each size is trained. */
async function prepare(options: RunStudyOptions): Promise<{ readonly setting: Setting; readonly plans: Plan[] }> {
  const { study, seed, cacheDirectory, signal, onProgress = () => undefined } = options
  const backend = await openStudyBackend(options.backend, { threads: 1, wide: options.wide ?? true })
  try {
    useBackend(backend)
    const texts = await loadTexts(study, cacheDirectory, (data) => {
      signal?.throwIfAborted()
      onProgress({ phase: 'data', data })
    })
    signal?.throwIfAborted()
    const setting = { study, seed, texts }
    const onMeasure = ({ name }: { readonly name: string }): void => {
      signal?.throwIfAborted()
      onProgress({ phase: 'calibrating', model: name })
    }
    const plans = await planOf(setting, { ...options, onMeasure })
    for (const plan of plans) onProgress({ phase: 'planned', plan })
    return { setting, plans }
  } finally {
    await backend.close()
  }
}

async function perform(
  options: RunStudyOptions,
  { texts }: Setting,
  plans: readonly Plan[],
  { processes, threadsEach }: { readonly processes: number; readonly threadsEach: number },
  onProgress: (progress: StudyProgress) => void,
): Promise<Map<string, SizeResults>> {
  const { study, seed, backend, wide = true, directory, cacheDirectory, saveEverySeconds = 10, signal } = options
  signal?.throwIfAborted()
  using pool = new WorkerPool(processes)
  const stop = (): void => pool.close()
  signal?.addEventListener('abort', stop)
  const runs = join(directory, 'runs')
  const speed = { threads: threadsEach, wide }
  const place: Place = { study, seed, backend, speed, cacheDirectory, saveEverySeconds, directory: runs }
  try {
    return await new Progression(place, texts.revision, pool, onProgress).run(plans)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function identityOf(
  { study, seed, command, budgetSteps }: RunStudyOptions,
  [first]: readonly Plan[],
  seconds: number,
): StudyResults['study'] {
  return {
    name: 'Train large, then compress',
    preset: study.preset,
    seed,
    command,
    finishedAt: new Date().toISOString(),
    seconds,
    trainingSeconds: budgetSteps === undefined ? study.pretraining.budgetSeconds : first!.steps * first!.stepSeconds,
  }
}

type Identity = Pick<StudyResults, 'study' | 'environment'>

/** When, where and how fast the same study was finished before, if its results are still there and readable. */
async function identityBefore({ directory, seed, study: { preset } }: RunStudyOptions): Promise<Identity | undefined> {
  const before = await readResults(join(directory, 'results.json')).catch(() => undefined) // written anew if damaged
  if (before?.study.seed !== seed || before.study.preset !== preset) return undefined
  return { study: before.study, environment: before.environment }
}
