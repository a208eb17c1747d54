import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { disposeModule } from '@tlc/nn'
import { checkpointFolder } from '@tlc/nn/node'
import { gzipBytes, useArtefact } from '@tlc/quant'
import { type PretrainedModel, RobertaForMaskedLM, RobertaForSequenceClassification } from '@tlc/transformer'
import { compressModel } from '../../compression/compress-model.ts'
import type { CompressionProgress } from '../../compression/progress.ts'
import { type Recipe, stepName } from '../../compression/recipe.ts'
import { hashOf } from '../../data/cache.ts'
import { explained, type UnfinishedRun, writeFileAtomically } from '../../store/index.ts'
import { UserError } from '../../user-error.ts'
import { type LoadedModel, loadModel, readModelFiles } from '../load-model.ts'
import type { Measures, TaskOptions } from '../task.ts'
import { openTraining } from '../training-folder.ts'
import { artefactFile, configOfModel } from './artefact-model.ts'
import { openClassificationTask } from './classification-task.ts'
import { openMaskedTask } from './masked-lm-task.ts'
import type { OpenedTask, TaskData } from './opened-task.ts'

export interface CompressOptions extends Omit<TaskData, 'data'> {
  /** a data set's name, or the path of a file; without it the model is not judged, and no step can look at examples */
  readonly data?: string | undefined
  /** the folder of a model */
  readonly model: string
  readonly recipe: Recipe
  /** the folder for the artefact, and for what leads to it */
  readonly out: string
}

/** What compressing a model came to, as JSON can hold it. */
export interface CompressedInFolder {
  /** the path of the artefact */
  readonly artefact: string
  /** what each step came to, in words */
  readonly summaries: readonly string[]
  readonly bytes: number
  readonly gzipBytes: number
  /** of the model's own files: its weights in f32 */
  readonly bytesBefore: number
  /** of the model before, and of the artefact; null without data to judge by */
  readonly before: Measures | null
  readonly after: Measures | null
}

/**
 * Puts the model of a folder through a recipe and writes the artefact to another, with the tokenizer beside it. Killed at
 * any moment, the same call goes on where its training was, or finds all done.
 *
 * @throws UserError for what the user can put right; the reason of the signal, with all kept
 */
export async function compressInFolder(options: CompressOptions, task: TaskOptions = {}): Promise<CompressedInFolder> {
  const files = await readModelFiles(options.model)
  const loaded = await loadModel(options.model, files)
  try {
    using opened = await openTask(loaded, options, task)
    const parent = hashOf(files.get('model.safetensors') ?? new Uint8Array(0))
    const { recipe, examples, windows, calibration } = options
    const config = { task: 'compression', recipe, parent, examples, windows, calibration, texts: opened?.fingerprint }
    const run = await openTraining<CompressedInFolder>(options.out, config)
    if (run.finished) {
      task.onProgress?.({ phase: 'note', message: `${options.out}: was made before; nothing is left to do` })
      return run.result
    }
    try {
      const result = await compressAndSave(
        options,
        loaded,
        opened,
        { run, parent, weightBytes: weightBytes(files) },
        task,
      )
      await run.finish(result)
      return result
    } catch (error) {
      await run.close()
      throw error
    }
  } finally {
    disposeModule(loaded.model)
  }
}

interface Work {
  readonly run: UnfinishedRun<CompressedInFolder>
  readonly parent: string
  readonly weightBytes: number
}

async function compressAndSave(
  { model: folder, recipe, out }: CompressOptions,
  { model }: LoadedModel,
  opened: AnyTask | undefined,
  { run, parent, weightBytes: bytesBefore }: Work,
  task: TaskOptions,
): Promise<CompressedInFolder> {
  const before = opened ? await opened.judge(model) : null
  let after: Measures | null = null
  const { file, summaries } = await compressModel({
    model,
    recipe,
    task: opened?.task,
    parent,
    config: configOfModel,
    checkpoints: (index) => checkpointFolder(join(run.directory, `step-${index}`)),
    signal: task.signal,
    onProgress: (progress) => report(progress, task),
    async measure(compressed, artefact) {
      using _rounded = useArtefact(compressed, artefact)
      after = opened ? await opened.judge(compressed) : null
      return after ?? {}
    },
  })
  const path = join(out, artefactFile)
  await explained(`write to ${out}`, async () => {
    await writeFileAtomically(path, file)
    await copyFile(join(folder, 'tokenizer.json'), join(out, 'tokenizer.json'))
  })
  const gzip = await gzipBytes(file)
  return { artefact: path, summaries, bytes: file.length, gzipBytes: gzip, bytesBefore, before, after }
}

type AnyTask = OpenedTask<PretrainedModel, unknown>

/** The task of a model, if there is data for it. */
async function openTask(
  loaded: LoadedModel,
  options: CompressOptions,
  task: TaskOptions,
): Promise<AnyTask | undefined> {
  const { model, tokenizer } = loaded
  const { data } = options
  if (data === undefined) return undefined
  const given = { ...options, data }
  if (model instanceof RobertaForSequenceClassification)
    return (await openClassificationTask(options.model, { model, tokenizer }, given, task)) as unknown as AnyTask
  if (model instanceof RobertaForMaskedLM)
    return (await openMaskedTask(options.model, { model, tokenizer }, given, task)) as unknown as AnyTask
  throw new UserError(
    `a ${model.constructor.name} learns and is judged by other means; leave out the data, and steps that need it`,
  )
}

function report(progress: CompressionProgress, { onProgress }: TaskOptions): void {
  if (!onProgress) return
  if (progress.phase === 'step') {
    const { index, of, step } = progress
    onProgress({ phase: 'working', what: stepName(step), done: index, of })
  } else if (progress.phase === 'training') {
    onProgress({ ...progress, learningRate: Number.NaN, tokensPerSecond: null, secondsLeft: null })
  } else onProgress({ phase: 'note', message: progress.summary })
}

function weightBytes(files: ReadonlyMap<string, Uint8Array>): number {
  return [...files].reduce((sum, [name, { length }]) => sum + (name.endsWith('.safetensors') ? length : 0), 0)
}
