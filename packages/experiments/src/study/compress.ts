import { breathe, constantRate, disposeModule, takeStep } from '@tlc/nn'
import { iterativeMagnitudePruning, type LevelReport, prunable } from '@tlc/prune'
import { foldIn, key } from '@tlc/tensor'
import type { RobertaForSequenceClassification } from '@tlc/transformer'
import type { CompressionPoint, ModuleError } from '../results.ts'
import { robertaOptimizer } from '../roberta-optimizer.ts'
import { labelledBatches } from './batches.ts'
import { compressionPoints } from './compression-points.ts'
import { type Classification, classification } from './evaluate.ts'
import { classifierSteps, makeClassifier, stepsPerEpoch } from './finetune.ts'
import { moduleErrors } from './module-errors.ts'
import { loadLevel, loadWeights, saveLevel } from './saved.ts'
import { type Setting, streams } from './setting.ts'
import type { ModelSize } from './study.ts'
import type { Progress, TaskRun } from './task-run.ts'

/** What compressing one model showed. */
export interface CompressionResult {
  readonly points: readonly CompressionPoint[]
  readonly errors: readonly ModuleError[]
}

/** What is known after a level of pruning. */
export interface CompressionState {
  readonly levels: readonly LevelReport[]
  readonly points: readonly CompressionPoint[]
}

/**
 * Prunes a fine-tuned model along the study's levels, as the paper does, and quantizes it at each of them, unpruned
 * included; every point is measured on the validation texts. Killed and called again, it goes on after the last level.
 */
export async function compress(
  setting: Setting,
  size: ModelSize,
  finetuned: string,
  run: TaskRun,
  onProgress: Progress,
): Promise<CompressionResult> {
  const { study, texts } = setting
  const { levels, recover, epochs, checksPerEpoch } = study.pruning
  const model = makeClassifier(setting, size)
  await loadWeights(model, finetuned)
  const errors = await moduleErrors(setting, model, size)
  const parameters = prunable(model)
  const evaluate = (): Promise<Classification> =>
    classification(model, labelledBatches(texts.validation, study.finetuning.length))
  let state = (await loadLevel(run, model, parameters)) ?? {
    levels: [],
    points: await compressionPoints(setting, model, size, await evaluate()),
  }
  await run.keep(state.levels.length)

  const stepsAtMost = Math.ceil(epochs * stepsPerEpoch(setting))
  const report = (within: number, sparsity: number, accuracy: number): void =>
    onProgress(
      (state.levels.length + within) / levels.length,
      `${percent(sparsity)} pruned, accuracy ${percent(accuracy)}`,
    )
  using retraining = new Retraining(setting, model)
  let last: Classification | undefined
  const pruning = iterativeMagnitudePruning({
    parameters,
    levels,
    recovery: recover,
    stepsPerEpoch: stepsAtMost,
    evaluateEvery: Math.ceil(stepsAtMost / checksPerEpoch),
    done: state.levels,
    originalAccuracy: state.points[0]!.accuracy,
    async evaluate() {
      last = await evaluate()
      return last.accuracy
    },
    onPruned({ sparsity, accuracy }) {
      retraining.begin(sparsity)
      report(0.1, sparsity, accuracy)
    },
    finetuneStep: () => retraining.step(),
    onEvaluated: ({ sparsity, step, accuracy }) => report(0.1 + (0.7 * step) / stepsAtMost, sparsity, accuracy),
  })
  for await (const level of pruning) {
    const points = await compressionPoints(setting, model, size, last!, level)
    await run.append({ model: size.name, ...level })
    state = { levels: [...state.levels, level], points: [...state.points, ...points] }
    await saveLevel(run, model, parameters, state)
    report(0, level.sparsity, level.accuracy)
  }
  disposeModule(model)
  return { points: state.points, errors }
}

/** Fine-tuning after each level, with an optimizer of its own and batches in an order of its own. */
class Retraining implements Disposable {
  readonly #setting: Setting
  readonly #model: RobertaForSequenceClassification
  #optimizer: ReturnType<typeof robertaOptimizer> | undefined
  #steps: ReturnType<typeof classifierSteps> | undefined
  #step = 0

  constructor(setting: Setting, model: RobertaForSequenceClassification) {
    this.#setting = setting
    this.#model = model
  }

  begin(sparsity: number): void {
    this.#optimizer?.dispose()
    this.#optimizer = robertaOptimizer(this.#model)
    const order = foldIn(foldIn(key(this.#setting.seed), streams.retraining), Math.round(sparsity * 1000))
    const schedule = constantRate(this.#setting.study.pruning.learningRate)
    this.#steps = classifierSteps(this.#setting, this.#model, this.#optimizer, { order, schedule })
    this.#step = 0
  }

  async step(): Promise<void> {
    await breathe()
    await takeStep(this.#steps!, this.#step++)
  }

  [Symbol.dispose](): void {
    this.#optimizer?.dispose()
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}
