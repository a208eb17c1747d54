import { type AdamW, disposeModule, linearDecay, type Schedule, type StepsOptions, train } from '@tlc/nn'
import { checkpointFolder } from '@tlc/nn/node'
import { foldIn, type Key, key } from '@tlc/tensor'
import { type LabelledTexts, RobertaForSequenceClassification } from '@tlc/transformer'
import { robertaOptimizer } from '../roberta-optimizer.ts'
import { labelledBatch, labelledBatches, sequencesOfStep } from './batches.ts'
import { type Classification, classification } from './evaluate.ts'
import { loadWeights } from './saved.ts'
import { configOf, type Setting, streams } from './setting.ts'
import type { ModelSize } from './study.ts'
import type { Progress, TaskRun } from './task-run.ts'

/** Makes the classifier of a size, its head fresh; the encoder too, until weights are loaded. */
export function makeClassifier(setting: Setting, size: ModelSize): RobertaForSequenceClassification {
  return new RobertaForSequenceClassification({
    config: configOf(setting, size, 0.1),
    key: foldIn(key(setting.seed), streams.head),
    labels: setting.texts.labels.length,
  })
}

/** Steps that train a classifier with an optimizer on batches in the order of a key. */
export function classifierSteps(
  { study, texts }: Setting,
  model: RobertaForSequenceClassification,
  optimizer: AdamW,
  { order, schedule }: { readonly order: Key; readonly schedule: Schedule },
): StepsOptions<LabelledTexts> {
  return {
    optimizer,
    schedule,
    batch(step) {
      const chosen = sequencesOfStep(texts.train.count, study.finetuning.batch, foldIn(order, 0), step)
      return [labelledBatch(texts.train, chosen, study.finetuning.length)]
    },
    loss: (batch, dropout) => model.loss(batch, { key: dropout }),
    key: foldIn(order, 1),
    maxNorm: 1,
  }
}

/** Steps of one pass over the training texts. */
export function stepsPerEpoch({ study, texts }: Setting): number {
  return Math.floor(texts.train.count / study.finetuning.batch)
}

/** Trains a pretrained encoder and a fresh head on the task. Ends with the weights in the run's directory. */
export async function finetune(
  setting: Setting,
  size: ModelSize,
  pretrained: string,
  run: TaskRun,
  onProgress: Progress,
): Promise<Classification> {
  const { study, seed, texts } = setting
  const { epochs, learningRate, warmUp } = study.finetuning
  const model = makeClassifier(setting, size)
  await loadWeights(model, pretrained)
  const optimizer = robertaOptimizer(model)
  const steps = epochs * stepsPerEpoch(setting)
  const schedule = linearDecay({ peak: learningRate, steps, warmUp: Math.ceil(warmUp * steps) })
  const order = foldIn(key(seed), streams.finetuningOrder)
  await train({
    ...classifierSteps(setting, model, optimizer, { order, schedule }),
    model,
    steps,
    checkpoints: checkpointFolder(run.checkpointDirectory),
    saveEverySeconds: run.saveEverySeconds,
    onStart: (step) => run.keep(step),
    async onStep({ step, loss }) {
      await run.append({ model: size.name, step: step + 1, loss })
      onProgress((step + 1) / steps, `loss ${loss.toFixed(2)}`)
    },
  })
  const result = await classification(model, labelledBatches(texts.validation, study.finetuning.length))
  optimizer.dispose()
  disposeModule(model)
  return result
}
