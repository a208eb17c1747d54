import { join } from 'node:path'
import { useBackend } from '@tlc/tensor'
import { packItems } from '../packed-items.ts'
import { openRun, runHash } from '../store/index.ts'
import { type CompressionResult, compress } from './compress.ts'
import { finetune } from './finetune.ts'
import { openStudyBackend, type Speed } from './open-study-backend.ts'
import { type CurveSample, pretrain } from './pretrain.ts'
import type { Setting } from './setting.ts'
import type { ModelSize, Study, StudyBackend } from './study.ts'
import { taskError } from './task-error.ts'
import type { Progress, TaskRun } from './task-run.ts'
import { loadTexts } from './texts.ts'

/** Where tasks run and keep what they do. */
export interface Place {
  readonly study: Study
  readonly seed: number
  readonly backend: StudyBackend
  /** of each process */
  readonly speed: Speed
  /** of all runs */
  readonly directory: string
  /** of work, that a kill can cost at most */
  readonly saveEverySeconds: number
  readonly cacheDirectory?: string | undefined
}

/** What a fine-tuned model can do. */
export interface FinetuningResult {
  readonly accuracy: number
  readonly loss: number
  /** see `packItems` */
  readonly correct: string
}

interface Results {
  pretrain: readonly CurveSample[]
  finetune: FinetuningResult
  compress: CompressionResult
}

export type TaskKind = keyof Results
export type ResultOf<K extends TaskKind> = Results[K]

/** One run of a study: what it depends on, so that its hash names it. */
export interface Task<K extends TaskKind = TaskKind> {
  readonly kind: K
  readonly place: Place
  readonly model: ModelSize
  /** of pretraining */
  readonly steps: number
  /** pins the texts */
  readonly revision: string
}

type Perform<K extends TaskKind> = (
  setting: Setting,
  task: Task,
  run: TaskRun,
  onProgress: Progress,
) => Promise<Results[K]>

const performers: { readonly [K in TaskKind]: Perform<K> } = {
  pretrain: (setting, { model, steps }, run, onProgress) => pretrain(setting, model, steps, run, onProgress),
  async finetune(setting, task, run, onProgress) {
    const pretrained = checkpointsOf({ ...task, kind: 'pretrain' })
    const { accuracy, loss, correct } = await finetune(setting, task.model, pretrained, run, onProgress)
    return { accuracy, loss, correct: packItems(correct) }
  },
  compress(setting, task, run, onProgress) {
    return compress(setting, task.model, checkpointsOf({ ...task, kind: 'finetune' }), run, onProgress)
  },
}

/** The parts of a study that a run depends on, those of the runs before it included. */
function configOf({ kind, place, model, steps, revision }: Task): object {
  const { pretraining, finetuning, pruning, quantization, vocabularySize } = place.study
  const { seed, backend } = place
  const maxLength = Math.max(pretraining.length, finetuning.length)
  const pretrain = { kind, seed, backend, revision, vocabularySize, model, steps, pretraining, maxLength }
  if (kind === 'pretrain') return pretrain
  return kind === 'finetune' ? { ...pretrain, finetuning } : { ...pretrain, finetuning, pruning, quantization }
}

const labelOf = ({ kind, model }: Task): string => `${kind}-${model.name}`

function checkpointsOf(task: Task): string {
  return join(task.place.directory, `${labelOf(task)}-${runHash(configOf(task))}`, 'checkpoint')
}

/** The result of a task that was done before, if it was. */
export async function finishedResult<K extends TaskKind>(task: Task<K>): Promise<Results[K] | undefined> {
  const run = await openRun<Results[K]>(task.place.directory, configOf(task), { label: labelOf(task) })
  if (run.finished) return run.result
  await run.close()
  return undefined
}

let setting: { readonly of: string; readonly value: Setting } | undefined

/** A process works on one study at a time: its texts and backend are opened once. */
async function settingOf({ study, seed, backend, speed, cacheDirectory }: Place): Promise<Setting> {
  const of = JSON.stringify([study, seed, backend, speed, cacheDirectory])
  if (setting?.of !== of) {
    useBackend(await openStudyBackend(backend, speed))
    setting = { of, value: { study, seed, texts: await loadTexts(study, cacheDirectory, () => undefined) } }
  }
  return setting.value
}

/** Does a task, or what is left of it, in its run's directory; a finished one is not done again. */
export async function perform(task: Task, onProgress: Progress): Promise<void> {
  const run = await openRun<Results[TaskKind]>(task.place.directory, configOf(task), { label: labelOf(task) })
  if (run.finished) return
  try {
    const taskRun = { ...run, saveEverySeconds: task.place.saveEverySeconds }
    await run.finish(await performers[task.kind](await settingOf(task.place), task, taskRun, onProgress))
  } catch (error) {
    await run.close()
    throw taskError(error, task, run.directory)
  }
}
