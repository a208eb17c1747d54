import type { CurvePoint, Measurements, ModelSize } from '../results.ts'

/** What a curve is read against. */
export type CurveAxis = 'step' | 'seconds' | 'operations'

export interface ValidationCurve {
  readonly model: ModelSize
  /** in the order of training, not empty */
  readonly points: readonly CurvePoint[]
}

/** The curve of each model that has one, in the order of the models. */
export function validationCurves(study: Measurements): ValidationCurve[] {
  return study.models
    .map((model) => ({
      model,
      points: study.curves.filter((point) => point.model === model.name).sort((a, b) => a.step - b.step),
    }))
    .filter(({ points }) => points.length > 0)
}

/** Validation loss at a place on the axis, linear in log x between evaluations; undefined outside of what was measured. */
export function lossAt({ points }: ValidationCurve, axis: CurveAxis, x: number): number | undefined {
  const after = points.findIndex((point) => point[axis] >= x * (1 - 1e-12)) // a product of step and step time rounds
  const next = points[after]
  const previous = points[after - 1]
  if (!next) return undefined
  if (!previous || next[axis] <= x) return next[axis] <= x * (1 + 1e-12) ? next.validationLoss : undefined
  const [from, to] = [previous[axis], next[axis]]
  const share = from > 0 ? Math.log(x / from) / Math.log(to / from) : (x - from) / (to - from)
  return previous.validationLoss + share * (next.validationLoss - previous.validationLoss)
}

/** The first step at which the loss is down to `loss`, linear between evaluations; undefined when it never gets there. */
export function firstStepAt({ points }: ValidationCurve, loss: number): number | undefined {
  const reached = points.findIndex((point) => point.validationLoss <= loss)
  const next = points[reached]
  const previous = points[reached - 1]
  if (!next || !previous) return next?.step
  const share = (previous.validationLoss - loss) / (previous.validationLoss - next.validationLoss)
  return previous.step + share * (next.step - previous.step)
}

/** `count` places from low to high at equal ratios. */
export function logSpaced(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => low * (high / low) ** (index / (count - 1)))
}
