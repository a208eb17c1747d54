import { foldIn, key } from '@tlc/tensor'
import { formatNumber } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { fitLine } from '../statistics/fit-line.ts'
import { percentileInterval } from '../statistics/quantile.ts'
import { randomNormals } from '../statistics/random-normals.ts'
import { lossAt, type ValidationCurve, validationCurves } from './validation-curve.ts'
import { judged, untested } from './verdict.ts'

const hypothesis: Hypothesis = {
  id: 'H4',
  claim: 'The loss depends on the number of parameters and only weakly on depth against width',
  statistic:
    'loss gap between models of equal size and different shape, less a third of what doubling the size brings, nats at equal steps',
}

/** Sizes within this ratio count as equal; what is left of the difference is taken out by the fitted slope. */
const equalWithin = 1.2
const resamples = 2000

/**
 * At the last step that every model reached, loss = b + a ln N over the models. For each pair of equal N and different
 * depth, gap = |L₁ - L₂ - a (ln N₁ - ln N₂)|; the statistic is mean gap - (-a ln 2) / 3. Supported below 0; refuted above, if
 * doubling the size surely brings something to compare with. Interval by shifting each loss by its standard error times a normal number.
 */
export function weakShape(study: Measurements): Verdict {
  const curves = validationCurves(study)
  const pairs = equalPairs(curves)
  if (pairs.length === 0)
    return untested(hypothesis, `no two models have equal size (within a factor ${equalWithin}) and different depth`)
  if (curves.length < 3) return untested(hypothesis, 'what doubling brings needs at least 3 models')
  const step = Math.min(...curves.map(({ points }) => points.at(-1)?.step as number))
  const losses = curves.map((curve) => lossAt(curve, 'step', step) as number)
  const errors = curves.map(({ points }) => points.at(-1)?.validationLossError as number)
  const sizes = curves.map(({ model }) => Math.log(model.parametersWithoutEmbeddings))
  const measure = (shifted: readonly number[]) => {
    const { slope } = fitLine(sizes, shifted)
    const at = (model: number) => (shifted[model] as number) - slope * (sizes[model] as number)
    return {
      gap: pairs.reduce((sum, [a, b]) => sum + Math.abs(at(a) - at(b)), 0) / pairs.length,
      doubling: -slope * Math.LN2,
    }
  }
  const normal = randomNormals(foldIn(key(study.study.seed), 4))
  const draws = Array.from({ length: resamples }, () =>
    measure(losses.map((loss, model) => loss + (errors[model] as number) * normal())),
  )
  const interval = percentileInterval(draws.map((draw) => draw.gap - draw.doubling / 3))
  const { gap, doubling } = measure(losses)
  const names = pairs.map(([a, b]) => `${curves[a]?.model.name} and ${curves[b]?.model.name}`).join('; ')
  return judged(hypothesis, {
    value: gap - doubling / 3,
    interval,
    supported: interval.high < 0,
    refuted: interval.low > 0 && percentileInterval(draws.map((draw) => draw.doubling)).low > 0,
    sentence: `Between models of equal size (${names}) the loss differs by ${formatNumber(gap, 3)} nats after ${step} steps; doubling the size brings ${formatNumber(doubling, 3)}.`,
  })
}

function equalPairs(curves: readonly ValidationCurve[]): (readonly [number, number])[] {
  const pairs = curves.flatMap((_, a) => curves.slice(a + 1).map((_, offset) => [a, a + 1 + offset] as const))
  return pairs.filter(([a, b]) => {
    const [first, second] = [curves[a]?.model, curves[b]?.model]
    if (!first || !second || first.layers === second.layers) return false
    const ratio = first.parametersWithoutEmbeddings / second.parametersWithoutEmbeddings
    return ratio < equalWithin && ratio > 1 / equalWithin
  })
}
