import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openBackend, useBackend } from '@tlc/tensor'
import type { DataProgress } from '../data/index.ts'
import { judge } from '../hypotheses/index.ts'
import type { StudyIdentity, StudyResults } from '../results.ts'
import { writeFileAtomically } from '../store/index.ts'
import { environmentOf } from './environment.ts'
import { measuredParts } from './measurements.ts'
import { type Plan, planOf } from './plan.ts'
import { Progression } from './progression.ts'
import type { Setting } from './setting.ts'
import type { Study } from './study.ts'
import type { Place, TaskKind } from './tasks.ts'
import { loadTexts } from './texts.ts'
import { WorkerPool } from './worker-pool.ts'

/** How a study is run. */
export interface RunStudyOptions {
  readonly study: Study
  /** for `results.json` and `runs/` */
  readonly directory: string
  readonly seed: number
  readonly backend: 'wasm' | 'reference'
  /** sizes that train side by side, each in a process of its own; as many as there are cores by default */
  readonly processes?: number | undefined
  /** steps of the first size, in place of the wall-clock budget; the others get steps for as many operations */
  readonly budgetSteps?: number | undefined
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
  | { readonly phase: 'planned'; readonly plan: Plan }
  | {
      readonly phase: 'running'
      readonly kind: TaskKind
      readonly model: string
      /** of this task, from 0 to 1 */
      readonly done: number
      readonly note: string
      /** of all the work that is left, by the calibrated step times */
      readonly secondsLeft: number
    }
  | { readonly phase: 'finished'; readonly kind: TaskKind; readonly model: string; readonly cached: boolean }

/**
 * Runs a study to its end: texts, calibration, then for each size pretraining, fine-tuning and compression, sizes side by
 * side; writes `results.json`. What is finished is not done again, and what was interrupted goes on, to the same numbers.
 */
export async function runStudy(options: RunStudyOptions): Promise<StudyResults> {
  const { study, directory, seed, backend: name, cacheDirectory, onProgress = () => undefined } = options
  const start = performance.now()
  const backend = await openBackend(name)
  useBackend(backend)
  const texts = await loadTexts(study, cacheDirectory, (data) => onProgress({ phase: 'data', data }))
  const setting: Setting = { study, seed, texts }
  const plans = await planOf(setting, options)
  await backend.close()
  for (const plan of plans) onProgress({ phase: 'planned', plan })

  const processes = Math.min(options.processes ?? availableParallelism(), plans.length)
  using pool = new WorkerPool(processes)
  options.signal?.addEventListener('abort', () => pool.close())
  const place: Place = { study, seed, backend: name, cacheDirectory, directory: join(directory, 'runs') }
  const found = await new Progression(place, texts.revision, pool, onProgress).run(plans)
  const results = judge({
    format: 1,
    study: identityOf(options, (performance.now() - start) / 1000),
    environment: environmentOf(name, processes, options.version),
    ...measuredParts(setting, plans, found),
  })
  await writeFileAtomically(join(directory, 'results.json'), `${JSON.stringify(results)}\n`)
  return results
}

function identityOf({ study, seed, command }: RunStudyOptions, seconds: number): StudyIdentity {
  return {
    name: 'Train large, then compress',
    preset: study.preset,
    seed,
    command,
    finishedAt: new Date().toISOString(),
    seconds,
    trainingSeconds: study.pretraining.budgetSeconds,
  }
}
