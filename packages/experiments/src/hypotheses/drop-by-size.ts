import { unpackItems } from '../packed-items.ts'
import { formatNumber, formatPoints } from '../quantities.ts'
import type { CompressionPoint, Hypothesis, Measurements, ModelSize, Verdict } from '../results.ts'
import { bootstrapInterval } from '../statistics/bootstrap.ts'
import { spearman, spearmanTest } from '../statistics/spearman.ts'
import { learnedModels } from './learned-models.ts'
import { judged, untested } from './verdict.ts'

/** The accuracy that one model loses, item by item. */
interface Drop {
  readonly model: ModelSize
  /** mean over the chosen points of right before - right after, in -1 … 1, per item */
  readonly perItem: Float64Array
}

const largestChance = 0.05
const resamples = 1000

/**
 * Drop = accuracy before - accuracy after, averaged over the chosen compression points of each model that learned the task. The statistic is
 * Spearman's ρ between the number of parameters and the drop. Supported: ρ < 0 whichever evaluation items are drawn
 * (bootstrap interval) and so ordered by chance at most one time in twenty (permutation of the models). Refuted: the same with ρ > 0.
 *
 * @param chosen which compression points are averaged
 */
export function dropFallsWithSize(
  study: Measurements,
  hypothesis: Hypothesis,
  chosen: (point: CompressionPoint) => boolean,
  detail: (study: Measurements) => string = () => '',
): Verdict {
  const learned = learnedModels(study)
  const drops = study.models.flatMap((model) => (learned.has(model.name) ? (dropOf(study, model, chosen) ?? []) : []))
  if (drops.length < 4)
    return untested(
      hypothesis,
      `an order that chance makes less than one time in twenty needs at least 4 models that learned the task, ${drops.length} did`,
    )
  const sizes = drops.map(({ model }) => model.parameters)
  const order = (indices?: Uint32Array) => {
    const rho = spearman(
      sizes,
      drops.map(({ perItem }) => mean(perItem, indices)),
    )
    return Number.isNaN(rho) ? 0 : rho // equal drops everywhere have no order
  }
  const interval = bootstrapInterval(study.task.items, order, { resamples, seed: study.study.seed })
  const test = (alternative: 'less' | 'greater') =>
    spearmanTest(
      sizes,
      drops.map(({ perItem }) => mean(perItem)),
      { alternative, seed: study.study.seed },
    ).pValue
  const [smallest, largest] = [drops[0] as Drop, drops.at(-1) as Drop]
  return judged(hypothesis, {
    value: order(),
    interval,
    supported: interval.high < 0 && test('less') <= largestChance,
    refuted: interval.low > 0 && test('greater') <= largestChance,
    sentence:
      `The largest model (${largest.model.name}) loses ${formatPoints(mean(largest.perItem))} points of accuracy, the smallest (${smallest.model.name}) ` +
      `${formatPoints(mean(smallest.perItem))}; chance of such an order when size plays no part: ${formatNumber(test('less'), 3)}.${detail(study)}`,
  })
}

function dropOf(study: Measurements, model: ModelSize, chosen: (point: CompressionPoint) => boolean): Drop | undefined {
  const points = study.compression.filter((point) => point.model === model.name)
  const dense = points.find(({ sparsity, bits }) => sparsity === 0 && bits === 32)
  const compressed = points.filter(chosen).map(({ correct }) => unpackItems(correct, study.task.items))
  if (!dense || compressed.length === 0) return undefined
  const before = unpackItems(dense.correct, study.task.items)
  const perItem = Float64Array.from(
    before,
    (right, item) => right - compressed.reduce((sum, after) => sum + (after[item] as number), 0) / compressed.length,
  )
  return { model, perItem }
}

function mean(values: Float64Array, indices?: Uint32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[indices ? (indices[i] as number) : i] as number
  return sum / values.length
}
