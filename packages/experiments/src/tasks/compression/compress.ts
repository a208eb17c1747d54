import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { disposeModule } from '@tlc/nn'
import { checkpointFolder } from '@tlc/nn/node'
import { gzipBytes, useArtefact } from '@tlc/quant'
import { compressModel } from '../../compression/compress-model.ts'
import { checkExamples } from '../../compression/needs-examples.ts'
import type { CompressionProgress } from '../../compression/progress.ts'
import { type Recipe, stepName } from '../../compression/recipe.ts'
import { explained, type UnfinishedRun, writeFileAtomically } from '../../store/index.ts'
import { checkOutput } from '../../study/check-output.ts'
import { UserError } from '../../user-error.ts'
import { type LoadedModel, loadModel, readModelFiles } from '../load-model.ts'
import { Pace } from '../pace.ts'
import type { Measures, TaskOptions } from '../task.ts'
import { openTraining } from '../training-folder.ts'
import { artefactFile, configOfModel, readArtefactFile } from './artefact-model.ts'
import { type AnyTask, openTask } from './open-task.ts'
import type { TaskData } from './opened-task.ts'
import { weightBytes, weightsHash } from './weight-files.ts'

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
 * any moment, the same call goes on where its training was, or finds all done. What cannot be done leaves nothing behind.
 *
 * @throws UserError for what the user can put right; the reason of the signal, with all kept
 */
export async function compressInFolder(options: CompressOptions, task: TaskOptions = {}): Promise<CompressedInFolder> {
  const { model: folder, recipe, out, data } = options
  await checkOutput(out)
  await refuseCompressed(folder)
  checkExamples(recipe, data !== undefined)
  const files = await readModelFiles(folder)
  const loaded = await loadModel(folder, files)
  try {
    using opened = data === undefined ? undefined : await openTask(folder, loaded, { ...options, data }, task)
    const { examples, windows, calibration } = options
    const parent = weightsHash(files)
    const config = { task: 'compression', recipe, parent, examples, windows, calibration, texts: opened?.fingerprint }
    const run = await openTraining<CompressedInFolder>(out, config)
    if (run.finished) {
      task.onProgress?.({ phase: 'note', message: `${out}: was made before; nothing is left to do` })
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
      if (error instanceof UserError) await discard(out, run.directory)
      throw error
    }
  } finally {
    disposeModule(loaded.model)
  }
}

/** What was rounded once would be rounded again, and masks are not known any more. */
async function refuseCompressed(folder: string): Promise<void> {
  if (!(await readArtefactFile(folder))) return
  throw new UserError(
    `${folder}: is compressed already; put all steps into one recipe for the model that it was made of, or make it a ` +
      'dense model again first (tlc export --to safetensors)',
  )
}

/** Removes what has no training in it yet, so that the next try may have other options. */
async function discard(out: string, directory: string): Promise<void> {
  const names = await readdir(directory)
  if (names.some((name) => name.startsWith(stepPrefix))) return
  await rm(directory, { recursive: true })
  await rmdir(out).catch(() => undefined) // it has other files
}

const stepPrefix = 'step-'

interface Work {
  readonly run: UnfinishedRun<CompressedInFolder>
  readonly parent: string
  readonly weightBytes: number
}

async function compressAndSave(
  { recipe, out }: CompressOptions,
  { model, tokenizer }: LoadedModel,
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
    checkpoints: (index) => checkpointFolder(join(run.directory, `${stepPrefix}${index}`)),
    signal: task.signal,
    onProgress: reporter(task),
    async measure(compressed, artefact) {
      using _rounded = useArtefact(compressed, artefact)
      after = opened ? await opened.judge(compressed) : null
      return after ?? {}
    },
  })
  const path = join(out, artefactFile)
  await explained(`write to ${out}`, async () => {
    await writeFileAtomically(join(out, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`)
    await writeFileAtomically(path, file)
  })
  const gzip = await gzipBytes(file)
  return { artefact: path, summaries, bytes: file.length, gzipBytes: gzip, bytesBefore, before, after }
}

/** Progress of a recipe as that of a task. */
function reporter({ onProgress }: TaskOptions): (progress: CompressionProgress) => void {
  let pace = new Pace()
  return (progress) => {
    if (progress.phase === 'done') onProgress?.({ phase: 'note', message: progress.summary })
    else if (progress.phase === 'step') {
      const { index, of, step } = progress
      pace = new Pace()
      onProgress?.({ phase: 'recipe', step: stepName(step), index, of })
    } else {
      pace.reached(progress.step, 0)
      onProgress?.({ ...progress, tokensPerSecond: null, secondsLeft: pace.secondsLeft(progress.steps) })
    }
  }
}
