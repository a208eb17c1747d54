import { trainingFlops } from '@tlc/transformer'
import { type CalibrationOptions, stepSecondsOf } from './calibration.ts'
import { stepsPerEpoch } from './finetune.ts'
import { configOf, type Setting } from './setting.ts'
import type { ModelSize } from './study.ts'
import type { TaskKind } from './tasks.ts'

/** How long a size is pretrained, and what its tasks will cost. */
export interface Plan {
  readonly size: ModelSize
  /** of pretraining, calibrated */
  readonly stepSeconds: number
  /** floating-point operations of a pretraining step */
  readonly operations: number
  /** of pretraining */
  readonly steps: number
  /** expected, in seconds */
  readonly cost: { readonly [K in TaskKind]: number }
}

export interface PlanOptions extends CalibrationOptions {
  /** steps of the first size, in place of the wall-clock budget; the others get steps for as many operations */
  readonly budgetSteps?: number | undefined
}

/** Forward and backward take about three times as long as forward alone. */
const forwardShare = 1 / 3

/** Steps of each size for the study's budget, by step times measured now or before. */
export async function planOf(setting: Setting, { budgetSteps, ...calibration }: PlanOptions): Promise<Plan[]> {
  const { models, pretraining } = setting.study
  const seconds = await stepSecondsOf(setting, models, calibration)
  const operationsOf = (size: ModelSize): number =>
    trainingFlops(configOf(setting, size), pretraining.batch, pretraining.length)
  return models.map((size) => {
    const stepSeconds = seconds.get(size.name)!
    const operations = operationsOf(size)
    const budget =
      budgetSteps === undefined
        ? pretraining.budgetSeconds / stepSeconds
        : (budgetSteps * operationsOf(models[0]!)) / operations
    const steps = Math.max(1, Math.round(budget))
    return { size, stepSeconds, operations, steps, cost: costOf(setting, stepSeconds, steps) }
  })
}

/** Seconds by the tokens that each task sees; pruning is expected to retrain for half of what it may. */
function costOf(setting: Setting, stepSeconds: number, steps: number): Plan['cost'] {
  const { study, texts } = setting
  const { pretraining, finetuning, pruning, quantization } = study
  const secondsPerToken = stepSeconds / (pretraining.batch * pretraining.length)
  const finetuningStep = secondsPerToken * finetuning.batch * finetuning.length
  const heldOut = Math.min(pretraining.validationSequences, texts.heldOut.count) * pretraining.length
  const look = secondsPerToken * forwardShare * texts.validation.count * finetuning.length
  const epoch = finetuningStep * stepsPerEpoch(setting)
  const levels = pruning.levels.length
  const checks = 1 + pruning.checksPerEpoch / 2
  return {
    pretrain: steps * stepSeconds + pretraining.evaluations * heldOut * secondsPerToken * forwardShare,
    finetune: finetuning.epochs * epoch + look,
    compress:
      (levels * pruning.epochs * epoch) / 2 + look * ((levels + 1) * (quantization.bits.length + 1) + levels * checks),
  }
}
