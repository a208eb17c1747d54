import { formatNumber, formatPercent } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { bootstrapInterval } from '../statistics/bootstrap.ts'
import { accuracyOn, type Candidate, candidatesOf, everyItem } from './compressed-accuracies.ts'
import { learnedModels, nothingLearned } from './learned-models.ts'
import { logSpaced } from './validation-curve.ts'
import { judged, untested } from './verdict.ts'

const hypothesis: Hypothesis = {
  id: 'H14',
  claim: 'For most memory budgets the most accurate model is a larger one, heavily compressed',
  statistic: 'share of memory budgets won by a model larger than the largest that fits uncompressed',
}

const budgetCount = 32
const resamples = 500

/**
 * At memory budgets spaced evenly in the logarithm, from the smallest artefact to the largest uncompressed model, the most
 * accurate artefact that fits (of equals the smallest). Counted: its model is larger than the largest one that fits
 * uncompressed, or, where none fits, than the smallest of the study. Supported when the interval of the share lies above one half, refuted when below; bootstrap over
 * evaluation items.
 */
export function frontierOfLarge(study: Measurements): Verdict {
  const candidates = candidatesOf(study)
  if (study.models.length < 2 || candidates.every(({ compression }) => compression < 1.5)) {
    return untested(hypothesis, 'it compares compressed models of at least two sizes')
  }
  if (learnedModels(study).size === 0) return untested(hypothesis, nothingLearned)
  const largest = study.models.at(-1)?.bytes as number
  const budgets = logSpaced(candidates[0]?.point.bytes as number, largest, budgetCount + 1).slice(0, -1) // at the last one nothing larger exists
  const references = budgets.map((budget) =>
    Math.max(
      0,
      study.models.findLastIndex(({ bytes }) => bytes <= budget),
    ),
  )
  const winners = (indices: Uint32Array) =>
    winnersOf(
      candidates,
      candidates.map(({ correct }) => accuracyOn(correct, indices)),
      budgets,
    )
  const share = (indices: Uint32Array) =>
    winners(indices).filter(({ size }, budget) => size > (references[budget] as number)).length / budgetCount
  const interval = bootstrapInterval(study.task.items, share, { resamples, seed: study.study.seed })
  const chosen = winners(everyItem(study))
  const compression = Math.exp(chosen.reduce((sum, { compression }) => sum + Math.log(compression), 0) / budgetCount)
  const value = share(everyItem(study))
  return judged(hypothesis, {
    value,
    interval,
    supported: interval.low > 0.5,
    refuted: interval.high < 0.5,
    sentence: `A larger model, compressed, wins ${formatPercent(value, 0)} of the memory budgets; the winners are compressed ${formatNumber(compression, 1)} times in the geometric mean.`,
  })
}

/** The most accurate candidate within each budget; candidates by rising bytes, budgets rising. */
function winnersOf(
  candidates: readonly Candidate[],
  accuracies: readonly number[],
  budgets: readonly number[],
): Candidate[] {
  let next = 0
  let best = 0
  return budgets.map((budget) => {
    for (; next < candidates.length && (candidates[next] as Candidate).point.bytes <= budget * (1 + 1e-12); next++) {
      if ((accuracies[next] as number) > (accuracies[best] as number)) best = next
    }
    return candidates[best] as Candidate
  })
}
