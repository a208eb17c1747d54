import { formatPercent } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { bootstrapInterval } from '../statistics/bootstrap.ts'
import type { Interval } from '../statistics/interval.ts'
import { accuracyOn, type Candidate, candidatesOf, everyItem, splits } from './compressed-accuracies.ts'
import { learnedModels } from './learned-models.ts'
import { judged, untested } from './verdict.ts'

const hypothesis: Hypothesis = {
  id: 'H16',
  claim: 'The largest model can be compressed at least 8 times for at most 0.5% of its accuracy; the smallest cannot',
  statistic:
    'relative loss of accuracy of the best artefact at 8 times or more, largest model; non-inferiority margin 0.5%',
}

const leastCompression = 8
const margin = 0.005
const resamples = 1000

interface Loss {
  readonly name: string
  readonly value: number
  readonly interval: Interval
}

/**
 * Relative loss = (accuracy before - accuracy after) / accuracy before, for the best artefact at 8 times and more, chosen
 * on one half of the items and measured on the other. Supported: the largest model's interval is below the margin and
 * the smallest's above. Refuted: the largest's is above. Bootstrap over evaluation items, paired.
 */
export function freeCompression(study: Measurements): Verdict {
  const candidates = candidatesOf(study)
  const learned = learnedModels(study)
  if (![study.models.at(0), study.models.at(-1)].every((model) => model && learned.has(model.name))) {
    return untested(hypothesis, 'not both the smallest and the largest model learned the task')
  }
  const largest = lossOf(study, candidates, study.models.length - 1)
  const smallest = lossOf(study, candidates, 0)
  if (!largest || !smallest || study.models.length < 2)
    return untested(hypothesis, `not both the smallest and the largest model were compressed ${leastCompression} times`)
  return judged(hypothesis, {
    value: largest.value,
    interval: largest.interval,
    supported: largest.interval.high <= margin && smallest.interval.low > margin,
    refuted: largest.interval.low > margin,
    sentence: `At ${leastCompression} times and more, ${describe(largest)} and ${describe(smallest)}.`,
  })
}

function lossOf(study: Measurements, candidates: readonly Candidate[], size: number): Loss | undefined {
  const own = candidates.filter((candidate) => candidate.size === size)
  const dense = own.find(({ point }) => point.sparsity === 0 && point.bits === 32)
  const small = own.filter(({ compression }) => compression >= leastCompression)
  if (!dense || small.length === 0) return undefined
  const loss = (indices: Uint32Array) => {
    const losses = splits(indices).map(([choose, measure]) => {
      const best = small
        .map(({ correct }) => ({ correct, accuracy: accuracyOn(correct, choose) }))
        .reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
      const before = accuracyOn(dense.correct, measure)
      return (before - accuracyOn(best.correct, measure)) / before
    })
    return losses.reduce((sum, value) => sum + value, 0) / losses.length
  }
  return {
    name: study.models[size]?.name as string,
    value: loss(everyItem(study)),
    interval: bootstrapInterval(study.task.items, loss, { resamples, seed: study.study.seed }),
  }
}

function describe({ name, value, interval }: Loss): string {
  return `${name} loses ${formatPercent(value, 2)} of its accuracy (interval ${formatPercent(interval.low, 2)} to ${formatPercent(interval.high, 2)})`
}
