import { join } from 'node:path'
import { compareLayers, disposeModule, type Layer, Module, namedParameters } from '@tlc/nn'
import { checkpointFolder } from '@tlc/nn/node'
import { type Artefact, combineErrors, decode, type WeightError, weightError } from '@tlc/quant'
import { scope, type Tensor } from '@tlc/tensor'
import { type LabelledTexts, RobertaForSequenceClassification } from '@tlc/transformer'
import { compressModel } from '../../compression/compress-model.ts'
import { type DeployedLayer, deploy } from '../../compression/deploy.ts'
import type { Recipe } from '../../compression/recipe.ts'
import { openRun, type UnfinishedRun } from '../../store/index.ts'
import { expectModel, type LoadedModel, loadModel, readModelFiles } from '../load-model.ts'
import type { TaskOptions } from '../task.ts'
import { configOfModel, modelOfArtefact } from './artefact-model.ts'
import { openClassificationTask } from './classification-task.ts'
import type { OpenedTask, TaskData } from './opened-task.ts'
import { weightsHash } from './weight-files.ts'

export interface SweepOptions extends TaskData {
  /** the folder of a classifier */
  readonly model: string
  /** what to try, by name */
  readonly recipes: ReadonlyMap<string, Recipe>
  /** the folder for what is found: what is there already is not tried again */
  readonly out: string
}

/** What one recipe makes of a model. */
export interface SweepRow {
  readonly recipe: string
  /** with the weights decoded to f32 */
  readonly accuracy: number
  /** with the kernels that compute with compressed weights */
  readonly deployedAccuracy: number
  readonly bytes: number
  /** of all weights whose shape has stayed: 20 log₁₀ (‖W‖ / ‖W - W'‖); null if they are what they were */
  readonly decibels: number | null
  /** of a forward pass of a batch, with those kernels */
  readonly seconds: number
  /** how many times faster than the model before, measured by turns */
  readonly speedup: number
  /** linear layers with kernels of their own, and all */
  readonly deployed: readonly [own: number, all: number]
}

type Classifier = RobertaForSequenceClassification

/** What all recipes of a sweep have in common. */
interface Sweep {
  /** makes the model anew, from its files */
  readonly load: () => Promise<LoadedModel<Classifier>>
  /** the model as it is */
  readonly before: Classifier
  readonly opened: OpenedTask<Classifier, LabelledTexts>
  /** a batch as large as those that models are timed with */
  readonly batch: LabelledTexts
  readonly task: TaskOptions
}

/**
 * Puts a classifier through one recipe after the other, each from its own weights: how good it still is, how large its file,
 * how far its weights have moved, and how fast it runs with compressed kernels where those are faster.
 *
 * Killed and called again, it goes on with what is missing.
 *
 * @returns a row for each recipe
 */
export async function sweepRecipes(options: SweepOptions, task: TaskOptions = {}): Promise<SweepRow[]> {
  const { model: folder, recipes, out, data, examples, judged, windows, calibration } = options
  const files = await readModelFiles(folder)
  const load = async () => expectModel(folder, await loadModel(folder, files), RobertaForSequenceClassification)
  const loaded = await load()
  using opened = await openClassificationTask(folder, loaded, options, task)
  const [batch] = opened.task.trainingBatch(0, { steps: 1, batchSize: 16, learningRate: 1, warmUp: 0, seed: 1 })
  const sweep = { load, before: loaded.model, opened, batch: batch!, task }
  const parent = weightsHash(files)
  const rows: SweepRow[] = []
  for (const [recipe, steps] of recipes) {
    const config = {
      task: 'sweep',
      steps,
      parent,
      data,
      texts: opened.fingerprint,
      examples,
      judged,
      windows,
      calibration,
    }
    const run = await openRun<SweepRow>(out, JSON.parse(JSON.stringify(config)), { label: fileName(recipe) })
    rows.push(run.finished ? run.result : await tried(recipe, steps, sweep, run))
    task.onProgress?.({ phase: 'working', what: recipe, done: rows.length, of: recipes.size })
  }
  disposeModule(loaded.model)
  return rows
}

/** A name as part of a directory's: what a path could mean otherwise becomes a dash. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 60)
}

async function tried(recipe: string, steps: Recipe, sweep: Sweep, run: UnfinishedRun<SweepRow>): Promise<SweepRow> {
  try {
    const row = { recipe, ...(await tryRecipe(steps, sweep, run.directory)) }
    await run.finish(row)
    return row
  } catch (error) {
    await run.close()
    throw error
  }
}

async function tryRecipe(
  recipe: Recipe,
  { load, before, opened, batch, task }: Sweep,
  directory: string,
): Promise<Omit<SweepRow, 'recipe'>> {
  const { model } = await load()
  const { artefact, file } = await compressModel({
    model,
    recipe,
    task: opened.task,
    config: configOfModel,
    checkpoints: (index) => checkpointFolder(join(directory, `step-${index}`)),
    signal: task.signal,
  })
  disposeModule(model)
  const compressed = (await modelOfArtefact(artefact)) as Classifier
  const { accuracy } = await opened.judge(compressed)
  const layers = await deploy(compressed, artefact, {
    sample() {
      using _sample = scope()
      compressed.forward(batch.ids)
    },
  })
  const deployed = countDeployed(layers)
  // With every layer dense it is the model that was judged already.
  const deployedAccuracy = deployed[0] === 0 ? accuracy! : (await opened.judge(compressed)).accuracy!
  const times = await compareLayers(new Whole(before), new Whole(compressed), batch.ids)
  const { decibels } = combineErrors(await errorsOf(before, artefact))
  disposeModule(compressed)
  return {
    ...{ accuracy: accuracy!, deployedAccuracy, bytes: file.length },
    decibels: decibels === Infinity ? null : decibels,
    ...{ seconds: times.compressedSeconds, speedup: times.speedup, deployed },
  }
}

/** A classifier as one layer, from ids to logits. */
class Whole extends Module implements Layer {
  readonly #model: Classifier

  constructor(model: Classifier) {
    super()
    this.#model = model
  }

  forward(ids: Tensor): Tensor {
    return this.#model.forward(ids)
  }
}

async function errorsOf(before: Module, { tensors }: Artefact): Promise<WeightError[]> {
  const errors: WeightError[] = []
  for (const [name, { stored }] of namedParameters(before)) {
    const now = tensors.get(name)
    if (!now || stored.shape.join() !== now.shape.join()) continue
    errors.push(weightError(await stored.data(), decode(now)))
  }
  return errors
}

function countDeployed(layers: readonly DeployedLayer[]): readonly [number, number] {
  return [layers.filter(({ chosen }) => chosen !== 'dense').length, layers.length]
}
