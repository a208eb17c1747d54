import type { Module } from '@tlc/nn'
import { prunable, pruneToSparsity, removeMask } from '@tlc/prune'
import { errorsByType, quantizeModel, type WeightError, weightError } from '@tlc/quant'
import { scope } from '@tlc/tensor'
import type { ModuleError, Technique } from '../results.ts'
import { moduleKind } from './module-kind.ts'
import type { Setting } from './setting.ts'
import type { ModelSize } from './study.ts'

/** The levels at which the paper compares errors (recalled, not verified). */
const bits = 4
const sparsity = 0.6

/** What 4-bit quantization and 60% pruning, without retraining, do to the weights of each kind of module. */
export async function moduleErrors({ study }: Setting, model: Module, { name }: ModelSize): Promise<ModuleError[]> {
  const { errors } = await quantizeModel(model, { bits, granularity: study.quantization.granularity })
  return [...rows(name, 'quantization', bits, errors), ...rows(name, 'pruning', sparsity, await pruningErrors(model))]
}

async function pruningErrors(model: Module): Promise<Map<string, WeightError>> {
  const parameters = prunable(model)
  await pruneToSparsity(parameters, sparsity)
  const errors = new Map<string, WeightError>()
  for (const [name, parameter] of parameters) {
    using _pair = scope()
    errors.set(name, weightError(await parameter.stored.data(), await parameter.value.data()))
    removeMask(parameter)
  }
  return errors
}

function rows(
  model: string,
  technique: Technique,
  level: number,
  errors: ReadonlyMap<string, WeightError>,
): ModuleError[] {
  return [...errorsByType(errors, moduleKind)].map(([module, { size, meanAbsolute, rootMeanSquare, relative }]) => ({
    model,
    technique,
    level,
    module,
    weights: size,
    absolute: meanAbsolute,
    // Of |W - W'|: its mean square is that of W - W'.
    deviation: Math.sqrt(Math.max(0, rootMeanSquare ** 2 - meanAbsolute ** 2)),
    relative,
  }))
}
