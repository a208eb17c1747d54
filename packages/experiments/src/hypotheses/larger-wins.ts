import { foldIn, key } from '@tlc/tensor'
import { formatNumber, formatPercent } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { percentileInterval } from '../statistics/quantile.ts'
import { randomNormals } from '../statistics/random-normals.ts'
import { type CurveAxis, logSpaced, lossAt, type ValidationCurve, validationCurves } from './validation-curve.ts'
import { judged, untested } from './verdict.ts'

const budgetCount = 16
const resamples = 2000

/** H2 with the budget in seconds, as the paper has it. */
export function largerWinsInTime(study: Measurements): Verdict {
  return largerWins(study, 'seconds', {
    id: 'H2 time',
    claim: 'At a fixed training time, a model larger than the smallest has the lower validation loss',
    statistic: 'exponent of the best size by training time, N* ∝ timeᵃ, and who wins the longer half of the budgets',
  })
}

/** H2 with the budget in floating point operations, which no machine's overhead blurs. */
export function largerWinsInOperations(study: Measurements): Verdict {
  return largerWins(study, 'operations', {
    id: 'H2 operations',
    claim: 'At a fixed number of training operations, a model larger than the smallest has the lower validation loss',
    statistic: 'exponent of the best size by operations, N* ∝ operationsᵃ, and who wins the larger half of the budgets',
  })
}

/**
 * At budgets C spaced evenly in log C, the size N*(C) with the lowest validation loss; a is the slope of log N* on log C.
 * Supported: a larger model than the smallest wins every budget of the upper half and the interval of a is above 0.
 * Refuted: the smallest wins all of them, or the interval of a is below 0. Intervals by shifting each model's curve by its standard error times a normal number:
 * they cover the choice of validation text, not the training seed.
 */
function largerWins(study: Measurements, axis: CurveAxis, hypothesis: Hypothesis): Verdict {
  const curves = validationCurves(study)
  if (curves.length < 2) return untested(hypothesis, 'comparing sizes needs at least 2 models')
  const budgets = sharedBudgets(curves, axis)
  if (budgets.length === 0) return untested(hypothesis, 'the curves of the models share no budget')
  const losses = budgets.map((budget) => curves.map((curve) => lossAt(curve, axis, budget) as number))
  const sizes = curves.map(({ model }) => model.parametersWithoutEmbeddings)
  const measure = (shifts: readonly number[]) => {
    const winners = losses.map((row) => lowest(row.map((loss, model) => loss + (shifts[model] as number))))
    const upper = winners.slice(budgetCount / 2)
    return {
      exponent: slope(
        budgets.map(Math.log),
        winners.map((winner) => Math.log(sizes[winner] as number)),
      ),
      share: upper.filter((winner) => sizes[winner] !== Math.min(...sizes)).length / upper.length,
    }
  }
  const normal = randomNormals(foldIn(key(study.study.seed), 2))
  const errors = curves.map(({ points }) => points.at(-1)?.validationLossError as number)
  const draws = Array.from({ length: resamples }, () => measure(errors.map((error) => error * normal())))
  const shares = percentileInterval(draws.map((draw) => draw.share))
  const interval = percentileInterval(draws.map((draw) => draw.exponent))
  const observed = measure(curves.map(() => 0))
  const winner = curves[lowest(losses.at(-1) as number[])]?.model.name
  return judged(hypothesis, {
    value: observed.exponent,
    interval,
    supported: shares.low === 1 && interval.low > 0,
    refuted: shares.high === 0 || interval.high < 0,
    sentence:
      `A model larger than the smallest wins ${formatPercent(observed.share, 0)} of the upper half of the budgets (interval ${formatPercent(shares.low, 0)} to ` +
      `${formatPercent(shares.high, 0)}), ${winner} the largest budget; the best size grows as the budget to the power ${formatNumber(observed.exponent, 2)}.`,
  })
}

/** From where every model has had two evaluations, to where the first model stops. */
function sharedBudgets(curves: readonly ValidationCurve[], axis: CurveAxis): number[] {
  const low = Math.max(...curves.map(({ points }) => points.filter((point) => point[axis] > 0)[1]?.[axis] ?? Infinity))
  const high = Math.min(...curves.map(({ points }) => points.at(-1)?.[axis] as number))
  return low < high ? logSpaced(low, high, budgetCount) : []
}

function lowest(values: readonly number[]): number {
  return values.indexOf(Math.min(...values))
}

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [middle, height] = [mean(x), mean(y)]
  const product = x.reduce((sum, value, index) => sum + (value - middle) * ((y[index] as number) - height), 0)
  return product / x.reduce((sum, value) => sum + (value - middle) ** 2, 0)
}
