import { formatNumber, formatPercent } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { fitLine } from '../statistics/fit-line.ts'
import { spearman } from '../statistics/spearman.ts'
import { firstStepAt, type ValidationCurve, validationCurves } from './validation-curve.ts'
import { judged, untested } from './verdict.ts'

const hypothesis: Hypothesis = {
  id: 'H1',
  claim: 'Larger models need fewer steps to reach the same validation loss',
  statistic: 'slope of log steps-to-loss on log parameters, averaged over five losses that every model reaches',
}

/** The weakest effect worth the name: doubling the parameters saves 7% of the steps, 1 - 2⁻⁰·¹. */
const weakestSlope = -0.1

/**
 * S(L) = steps until the validation loss is L; the slope a of mean_L ln S(L) = b + a ln N over the models, N without
 * embeddings. Supported: the interval of a is below 0 and Spearman's ρ(N, S) ≤ -0.9. Refuted: the interval leaves room
 * for nothing steeper than -0.1. The losses are averaged before the fit, since one model's steps to several losses
 * are no independent observations.
 */
export function fewerSteps(study: Measurements): Verdict {
  const curves = validationCurves(study)
  if (curves.length < 3)
    return untested(hypothesis, `a slope with an interval needs at least 3 models, this study has ${curves.length}`)
  const losses = sharedLosses(curves)
  if (losses.length === 0) return untested(hypothesis, 'there is no validation loss that every model reaches')
  const sizes = curves.map(({ model }) => Math.log(model.parametersWithoutEmbeddings))
  const steps = curves.map(
    (curve) => losses.reduce((sum, loss) => sum + Math.log(firstStepAt(curve, loss) as number), 0) / losses.length,
  )
  const { slope, interval } = fitLine(sizes, steps)
  const order = spearman(sizes, steps)
  return judged(hypothesis, {
    value: slope,
    interval,
    supported: interval.high < 0 && order <= -0.9,
    refuted: interval.low > weakestSlope,
    sentence:
      `Doubling the parameters changes the steps needed by ${change(slope)} (interval ${change(interval.low)} to ${change(interval.high)}), ` +
      `over losses from ${formatNumber(losses.at(-1) as number, 2)} to ${formatNumber(losses[0] as number, 2)} nats; rank correlation of size and steps ${formatNumber(order, 2)}.`,
  })
}

/** Five losses, evenly over the lower half of the range that every model passes through. */
function sharedLosses(curves: readonly ValidationCurve[]): number[] {
  const lowest = Math.max(...curves.map(({ points }) => Math.min(...points.map((point) => point.validationLoss))))
  const highest = Math.min(...curves.map(({ points }) => points[0]?.validationLoss as number))
  if (!(lowest < highest)) return []
  return [0, 1, 2, 3, 4].map((part) => lowest + ((highest - lowest) * part) / 8)
}

/** What doubling does under a power law of this exponent: 2ᵃ - 1. */
function change(exponent: number): string {
  return formatPercent(2 ** exponent - 1, 0)
}
