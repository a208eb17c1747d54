import type { Module } from '@tlc/nn'
import { LastWeights } from './last-weights.ts'
import { MeanWeights } from './mean-weights.ts'
import { MovingWeights } from './moving-weights.ts'

/** Which weights a training ends with, if not with its last ones. */
export type Averaging =
  /** the exponential moving average of all steps, that evaluations see, too */
  | { readonly kind: 'moving'; readonly decay: number }
  /** the mean of those at the last so many evaluations, where it is better than the last */
  | { readonly kind: 'mean'; readonly count: number }

/** What makes the average that is asked for. @param folder for the weights of the last evaluations */
export function makeAverage(averaging: Averaging | undefined, model: Module, folder: string): LastWeights {
  if (averaging === undefined) return new LastWeights()
  return averaging.kind === 'moving'
    ? new MovingWeights(model, averaging.decay)
    : new MeanWeights(model, averaging.count, folder)
}
