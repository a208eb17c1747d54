import { disposeModule, type Evaluation, type StepsOptions, train, warmUpStableDecay } from '@tlc/nn'
import { checkpointFolder } from '@tlc/nn/node'
import { foldIn, key } from '@tlc/tensor'
import { type MaskedTokens, RobertaForMaskedLM } from '@tlc/transformer'
import { robertaOptimizer } from '../roberta-optimizer.ts'
import { heldOutBatches, maskedBatch, sequencesOfStep } from './batches.ts'
import { type MaskedLoss, maskedLoss } from './evaluate.ts'
import { configOf, type Setting, streams } from './setting.ts'
import type { ModelSize } from './study.ts'
import type { Progress, TaskRun } from './task-run.ts'

/** One look at the validation loss. */
export interface CurveSample {
  readonly step: number
  /** mean since the sample before, nats; null at step 0 */
  readonly trainingLoss: number | null
  readonly validationLoss: number
  readonly validationLossError: number
}

/** A model being pretrained, and its steps. */
export interface Pretraining extends StepsOptions<MaskedTokens>, Disposable {
  readonly model: RobertaForMaskedLM
}

/** Makes a model of a size, to be trained for so many steps. The same setting gives the same weights to begin with. */
export function startPretraining(setting: Setting, size: ModelSize, steps: number): Pretraining {
  const { study, seed, texts } = setting
  const { batch, learningRate, warmUp, coolDown } = study.pretraining
  const root = key(seed)
  const model = new RobertaForMaskedLM({ config: configOf(setting, size), key: foldIn(root, streams.model) })
  const optimizer = robertaOptimizer(model)
  return {
    model,
    optimizer,
    schedule: warmUpStableDecay({
      peak: learningRate,
      steps,
      warmUp: Math.ceil(warmUp * steps),
      decay: Math.floor(coolDown * steps),
    }),
    batch(step) {
      const chosen = sequencesOfStep(texts.pretraining.count, batch, foldIn(root, streams.order), step)
      return [maskedBatch(texts, texts.pretraining, chosen, foldIn(foldIn(root, streams.masks), step))]
    },
    loss: (masked, dropout) => model.loss(masked, { key: dropout }),
    key: foldIn(root, streams.dropout),
    maxNorm: 1,
    [Symbol.dispose]() {
      optimizer.dispose()
      disposeModule(model)
    },
  }
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
  const evaluations = Math.min(setting.study.pretraining.evaluations, steps)
  const result = await train({
    ...training,
    steps,
    checkpoints: checkpointFolder(run.checkpointDirectory),
    saveEverySeconds: run.saveEverySeconds,
    evaluation: {
      due: (step) => Math.floor((step * evaluations) / steps) > Math.floor(((step - 1) * evaluations) / steps),
      evaluate: () => maskedLoss(training.model, heldOutBatches(setting)),
      onEvaluation: (evaluation) => run.append({ model: size.name, ...sampleOf(evaluation) }),
    },
    onStart: (_, before) => run.keep(before.length),
    onStep: ({ step, loss }) => onProgress((step + 1) / steps, `loss ${loss.toFixed(2)}`),
  })
  return result.evaluations.map(sampleOf)
}

function sampleOf({ step, trainingLoss, found }: Evaluation<MaskedLoss>): CurveSample {
  return { step, trainingLoss, validationLoss: found.loss, validationLossError: found.error }
}
