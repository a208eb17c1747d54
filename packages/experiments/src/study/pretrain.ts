import {
  AdamW,
  disposeModule,
  finiteStep,
  NonFiniteLossError,
  namedParameters,
  trainStep,
  vectorsWithoutDecay,
  warmUpStableDecay,
} from '@tlc/nn'
import { foldIn, key, scope } from '@tlc/tensor'
import { type MaskedTokens, RobertaForMaskedLM } from '@tlc/transformer'
import { breathe } from '../breathe.ts'
import { heldOutBatches, maskedBatch, sequencesOfStep } from './batches.ts'
import { maskedLoss } from './evaluate.ts'
import { configOf, type Setting, streams } from './setting.ts'
import type { ModelSize } from './study.ts'
import type { Progress, TaskRun } from './task-run.ts'
import { trainResumably } from './train-resumably.ts'

/** One look at the validation loss. */
export interface CurveSample {
  readonly step: number
  /** mean since the sample before, nats; null at step 0 */
  readonly trainingLoss: number | null
  readonly validationLoss: number
  readonly validationLossError: number
}

/** A model being pretrained. */
export interface Pretraining extends Disposable {
  readonly model: RobertaForMaskedLM
  readonly optimizer: AdamW
  /** Does a step, counted from 0, and gives its loss. */
  step(step: number): Promise<number>
}

/** Makes a model of a size, to be trained for so many steps. The same setting gives the same weights to begin with. */
export function startPretraining(setting: Setting, size: ModelSize, steps: number): Pretraining {
  const { study, seed, texts } = setting
  const { batch, learningRate, warmUp, coolDown } = study.pretraining
  const root = key(seed)
  const model = new RobertaForMaskedLM({ config: configOf(setting, size), key: foldIn(root, streams.model) })
  const optimizer = new AdamW(namedParameters(model), { beta2: 0.98, epsilon: 1e-6, groups: [vectorsWithoutDecay] })
  const schedule = warmUpStableDecay({
    peak: learningRate,
    steps,
    warmUp: Math.ceil(warmUp * steps),
    decay: Math.floor(coolDown * steps),
  })
  return {
    model,
    optimizer,
    async step(step) {
      await breathe()
      using _step = scope()
      const chosen = sequencesOfStep(texts.pretraining.count, batch, foldIn(root, streams.order), step)
      const masked = maskedBatch(texts, texts.pretraining, chosen, foldIn(foldIn(root, streams.masks), step))
      const loss = (tokens: MaskedTokens) => model.loss(tokens, { key: foldIn(foldIn(root, streams.dropout), step) })
      const result = trainStep({ optimizer, loss, microBatches: [masked], learningRate: schedule(step), maxNorm: 1 })
      return await finiteStep(result, step) // while the step still holds its tensors
    },
    [Symbol.dispose]() {
      optimizer.dispose()
      disposeModule(model)
    },
  }
}

interface PretrainingState {
  readonly curve: readonly CurveSample[]
  readonly lossSum: number
  readonly lossCount: number
}

/**
 * Pretrains a size for so many steps, looking at the validation loss on the way: at the start, the end, and evenly
 * between. Ends with the weights in the run's directory.
 */
export async function pretrain(
  setting: Setting,
  size: ModelSize,
  steps: number,
  run: TaskRun,
  onProgress: Progress,
): Promise<readonly CurveSample[]> {
  using training = startPretraining(setting, size, steps)
  const { model } = training
  const evaluations = Math.min(setting.study.pretraining.evaluations, steps)
  const isDue = (step: number): boolean =>
    Math.floor((step * evaluations) / steps) > Math.floor(((step - 1) * evaluations) / steps)

  const sample = async (step: number, { lossSum, lossCount, curve }: PretrainingState): Promise<PretrainingState> => {
    const { loss, error } = await maskedLoss(model, heldOutBatches(setting))
    // The weights after the last step have had no training loss yet to show that they are lost.
    if (!Number.isFinite(loss))
      throw new NonFiniteLossError(step, loss, `the validation loss after step ${step} is ${loss}`)
    const trainingLoss = lossCount > 0 ? lossSum / lossCount : null
    const point = { step, trainingLoss, validationLoss: loss, validationLossError: error }
    await run.append({ model: size.name, ...point })
    return { curve: [...curve, point], lossSum: 0, lossCount: 0 }
  }

  const { curve } = await trainResumably<PretrainingState>({
    run,
    model,
    optimizer: training.optimizer,
    steps,
    begin: () => sample(0, { curve: [], lossSum: 0, lossCount: 0 }),
    async step(step, state) {
      const loss = await training.step(step)
      const next = { ...state, lossSum: state.lossSum + loss, lossCount: state.lossCount + 1 }
      onProgress((step + 1) / steps, `loss ${loss.toFixed(2)}`)
      return isDue(step + 1) ? sample(step + 1, next) : next
    },
  })
  return curve
}
