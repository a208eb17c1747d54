import { formatNumber, formatPercent, formatPoints } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { bootstrapInterval } from '../statistics/bootstrap.ts'
import { hypervolume, staircaseArea } from '../statistics/hypervolume.ts'
import { type Choice, paretoFrontier } from '../statistics/pareto-frontier.ts'
import { accuracyOn, type Candidate, candidatesOf, everyItem, splits } from './compressed-accuracies.ts'
import { learnedModels, nothingLearned } from './learned-models.ts'
import { judged, untested } from './verdict.ts'

const hypothesis: Hypothesis = {
  id: 'H15',
  claim: 'Pruning and then quantizing gives better accuracy for the memory than either alone',
  statistic:
    'hypervolume (accuracy × log memory) with combined points less that without, per unit of log memory, in accuracy',
}

const resamples = 500

/**
 * The frontier's accuracy averaged over log memory, with and without the artefacts that are both pruned and quantized.
 * More choices never make the best look worse, so each frontier is chosen on one half of the items and measured on the
 * other. Supported when the interval of the difference is above 0; refuted when it leaves room for less than a
 * tenth of a point; bootstrap over evaluation items.
 */
export function combination(study: Measurements): Verdict {
  const all = candidatesOf(study)
  const single = all.filter(({ point }) => point.sparsity === 0 || point.bits === 32)
  if (single.length === all.length || single.length < 2)
    return untested(hypothesis, 'no model was both pruned and quantized')
  if (learnedModels(study).size === 0) return untested(hypothesis, nothingLearned)
  const from = Math.log(Math.min(...single.map(({ point }) => point.bytes)))
  const to = Math.log(Math.max(...single.map(({ point }) => point.bytes)))
  const alone = all.map((candidate) => single.includes(candidate))
  const costs = all.map(({ point }) => Math.max(from, Math.log(point.bytes)))
  const gain = (indices: Uint32Array) => {
    const gains = splits(indices).map(([choose, measure]) => {
      const choices = all.map(({ correct }, index) => ({
        cost: costs[index] as number,
        value: accuracyOn(correct, choose),
        correct,
        alone: alone[index],
      }))
      return (
        area(choices, measure, to) -
        area(
          choices.filter((choice) => choice.alone),
          measure,
          to,
        )
      )
    })
    return gains.reduce((sum, value) => sum + value, 0) / gains.length / (to - from)
  }
  const interval = bootstrapInterval(study.task.items, gain, { resamples, seed: study.study.seed })
  const value = gain(everyItem(study))
  return judged(hypothesis, {
    value,
    interval,
    supported: interval.low > 0,
    refuted: interval.high < worthwhile,
    sentence: `Combined artefacts add ${formatPoints(value, 2)} points of accuracy at the average memory. ${volumes(study, single, all)}${recommended(study, all)}`,
  })
}

/** A gain in accuracy that nobody would combine techniques for. */
const worthwhile = 0.001

/** ∫ accuracy d ln bytes up to `to`, of the frontier of the choices, with the accuracy measured anew on other items. */
function area(choices: readonly (Choice & Pick<Candidate, 'correct'>)[], measure: Uint32Array, to: number): number {
  const frontier = paretoFrontier(choices.filter(({ cost }) => cost < to))
  return staircaseArea(
    frontier.map(({ cost, correct }) => ({ cost, value: accuracyOn(correct, measure) })),
    { cost: to, value: 0 },
  )
}

/** The plain hypervolumes above the majority class, for the reader who wants the usual measure. */
function volumes(study: Measurements, single: readonly Candidate[], all: readonly Candidate[]): string {
  const reference = {
    cost: Math.log(Math.max(...study.models.map(({ bytes }) => bytes))),
    value: study.task.majorityAccuracy,
  }
  const volume = (candidates: readonly Candidate[]) =>
    formatNumber(
      hypervolume(
        candidates.map(({ point }) => ({ cost: Math.log(point.bytes), value: point.accuracy })),
        reference,
      ),
      3,
    )
  const pruned = single.filter(({ point }) => point.bits === 32)
  const quantized = single.filter(({ point }) => point.sparsity === 0)
  return `Hypervolume above the majority class: ${volume(pruned)} pruned, ${volume(quantized)} quantized, ${volume(all)} with both.`
}

/** Whether the paper's recipe, prune 30-45% and quantize to 6-8 bits, is among the undominated. */
function recommended(study: Measurements, all: readonly Candidate[]): string {
  const frontier = paretoFrontier(
    all.map((candidate) => ({ cost: candidate.point.bytes, value: candidate.point.accuracy, candidate })),
  )
  const recipes = frontier.filter(
    ({ candidate: { point } }) =>
      point.sparsity > 0.29 && point.sparsity < 0.46 && (point.bits === 6 || point.bits === 8),
  )
  const [first] = recipes
  if (!first) return ' Pruning by 30–45% and quantizing to 6–8 bits, the paper’s advice, is nowhere on the frontier.'
  const { point, size } = first.candidate
  const example = `${study.models[size]?.name} at ${formatPercent(point.sparsity, 0)} and ${point.bits} bits`
  return ` Pruning by 30–45% and quantizing to 6–8 bits, the paper’s advice, makes up ${recipes.length} of the ${frontier.length} artefacts on the frontier (such as ${example}).`
}
