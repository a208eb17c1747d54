import { parameterCounts } from '@tlc/transformer'
import type { CurvePoint, FineTuning, Measurements, ModelSize, Task } from '../results.ts'
import { stepsPerEpoch } from './finetune.ts'
import type { Plan } from './plan.ts'
import type { SizeResults } from './progression.ts'
import { configOf, type Setting } from './setting.ts'

/** What was measured, in the form of the results file. */
export function measuredParts(
  setting: Setting,
  plans: readonly Plan[],
  results: ReadonlyMap<string, SizeResults>,
): Pick<Measurements, 'data' | 'task' | 'models' | 'curves' | 'fineTuning' | 'compression' | 'errors'> {
  const { texts } = setting
  const ofAll = <Row>(rowsOf: (plan: Plan, found: SizeResults) => readonly Row[]): Row[] =>
    plans.flatMap((plan) => rowsOf(plan, results.get(plan.size.name)!))
  return {
    data: {
      name: texts.name,
      revision: texts.revision,
      trainingTokens: texts.pretraining.count * texts.pretraining.length,
      validationTokens: texts.heldOut.count * texts.heldOut.length,
      vocabularySize: texts.vocabularySize,
    },
    task: taskOf(setting),
    models: ofAll((plan, found) => [modelRow(setting, plan, found)]),
    curves: ofAll((plan, found) => curveRows(setting, plan, found)),
    fineTuning: ofAll((plan, found) => [finetuningRow(setting, plan, found)]),
    compression: ofAll((_, { compress }) => compress.points),
    errors: ofAll((_, { compress }) => compress.errors),
  }
}

function taskOf({ texts }: Setting): Task {
  const counts = new Map<number, number>()
  for (const label of texts.validation.labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return {
    name: `${texts.name}: ${texts.labels.join(' or ')}`,
    classes: texts.labels.length,
    trainingItems: texts.train.count,
    items: texts.validation.count,
    majorityAccuracy: Math.max(...counts.values()) / texts.validation.count,
  }
}

function modelRow(
  setting: Setting,
  { size, stepSeconds, operations, steps }: Plan,
  { compress }: SizeResults,
): ModelSize {
  const { total, others } = parameterCounts(configOf(setting, size))
  const { batch, length } = setting.study.pretraining
  return {
    ...size,
    parameters: total,
    parametersWithoutEmbeddings: others,
    bytes: compress.points[0]!.bytes,
    tokensPerStep: batch * length,
    stepSeconds,
    operationsPerStep: operations,
    steps,
  }
}

function curveRows(setting: Setting, { size, stepSeconds, operations }: Plan, { pretrain }: SizeResults): CurvePoint[] {
  const { batch, length } = setting.study.pretraining
  return pretrain.map(({ step, ...losses }) => ({
    model: size.name,
    step,
    seconds: step * stepSeconds,
    operations: step * operations,
    tokens: step * batch * length,
    ...losses,
  }))
}

function finetuningRow(setting: Setting, { size, cost }: Plan, { finetune }: SizeResults): FineTuning {
  const steps = setting.study.finetuning.epochs * stepsPerEpoch(setting)
  return { model: size.name, steps, seconds: cost.finetune, ...finetune }
}
