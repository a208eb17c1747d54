import { type CheckpointStore, type Module, NonFiniteLossError } from '@tlc/nn'
import {
  type Artefact,
  type Ledger,
  type Lineage,
  quantizeModel,
  type Scheme,
  saveArtefact,
  type WeightError,
} from '@tlc/quant'
import { UserError } from '../user-error.ts'
import type { CompressionRun } from './compression-run.ts'
import type { CompressionTask } from './compression-task.ts'
import { checkExamples } from './needs-examples.ts'
import type { CompressionProgress } from './progress.ts'
import { type Recipe, type Step, type StepName, type Steps, stepName } from './recipe.ts'
import { encode } from './steps/encode.ts'
import { finetune } from './steps/finetune.ts'
import { prune } from './steps/prune.ts'
import { quantize } from './steps/quantize.ts'

export interface CompressOptions<Model extends Module, Batch> {
  /** it ends pruned and trained, not rounded; to see it rounded, load the artefact */
  readonly model: Model
  readonly recipe: Recipe
  /** needed by steps that learn or look at examples */
  readonly task?: CompressionTask<Model, Batch> | undefined
  /** the model's config.json as it is after the recipe, so that the artefact can be loaded without the original */
  readonly config?: ((model: Model) => string | Promise<string>) | undefined
  /** SHA-256 of the file of the model before */
  readonly parent?: string | undefined
  /** measured with the rounded weights, for the artefact */
  readonly measure?: ((model: Model, artefact: Artefact) => Promise<Lineage['metrics']>) | undefined
  /** where the training at a step of the recipe is kept, so that it can go on; nowhere by default */
  readonly checkpoints?: ((index: number) => CheckpointStore) | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: CompressionProgress) => void) | undefined
}

/** A model that has been through a recipe. */
export interface CompressedModel {
  readonly artefact: Artefact
  /** the artefact as a file */
  readonly file: Uint8Array
  /** what each byte of the file is for */
  readonly ledger: Ledger
  /** what rounding did to each parameter that was rounded, by name */
  readonly errors: ReadonlyMap<string, WeightError>
  /** what each step came to, in words */
  readonly summaries: readonly string[]
}

const steps: {
  readonly [Name in StepName]: <Model extends Module, Batch>(
    run: CompressionRun<Model, Batch>,
    settings: Steps[Name],
  ) => string | Promise<string>
} = { prune, finetune, quantize, encode }

/**
 * Puts a model through a recipe: prunes, trains, rounds, and writes the artefact. The same in Node and in a browser.
 *
 * What is chosen is computed on the CPU in float64 from the weights alone, or from statistics of activations: without
 * training, every backend yields the same masks and codes to the bit where no step looks at examples; where one does, and
 * after training, whatever backend gives the same bits for the forward pass.
 *
 * @throws UserError for steps that need a task and have none, and naming the step that does not fit the model
 */
export async function compressModel<Model extends Module, Batch>(
  options: CompressOptions<Model, Batch>,
): Promise<CompressedModel> {
  const { model, recipe, task, config, parent, measure, onProgress = () => undefined, signal } = options
  const run = {
    ...{ model, task, signal, onProgress },
    schemes: new Map<string, Scheme>(),
    layout: { huffman: false },
  }
  checkExamples(recipe, task !== undefined)
  const summaries: string[] = []
  for (const [index, step] of recipe.entries()) {
    signal?.throwIfAborted()
    onProgress({ phase: 'step', index, of: recipe.length, step })
    const summary = await explained(`step ${index + 1} of the recipe, ${stepName(step)}`, signal, () =>
      follow({ ...run, checkpoints: options.checkpoints?.(index) }, step),
    )
    summaries.push(summary)
    onProgress({ phase: 'done', index, summary })
  }
  const { artefact, errors } = await explained('the recipe, quantize', signal, () =>
    quantizeModel(model, {
      where: (name) => run.schemes.has(name),
      schemeOf: (name) => run.schemes.get(name),
    }),
  )
  const lineage: Lineage = {
    recipe: JSON.stringify(recipe),
    ...(config && { config: await config(model) }),
    ...(parent !== undefined && { parent }),
  }
  const metrics = await measure?.(model, artefact)
  const whole = { ...artefact, ...lineage, ...(metrics && { metrics }) }
  return { artefact: whole, ...saveArtefact(whole, run.layout), errors, summaries }
}

/** Runs what fails by what was asked for, or by the model: such an error says at which step. */
async function explained<Result>(
  what: string,
  signal: AbortSignal | undefined,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    const isOfUse = cause instanceof RangeError || cause instanceof NonFiniteLossError || isPlain(cause)
    if (!isOfUse || signal?.aborted) throw cause
    throw new UserError(`${what}: ${(cause as Error).message}`, { cause })
  }
}

/** An Error of no class of its own: what packages throw for a model that has nothing of the kind. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error
}

function follow<Model extends Module, Batch>(run: CompressionRun<Model, Batch>, step: Step): string | Promise<string> {
  const name = stepName(step)
  const does = steps[name] as (run: CompressionRun<Model, Batch>, settings: unknown) => string | Promise<string>
  return does(run, (step as { readonly [name: string]: unknown })[name])
}
