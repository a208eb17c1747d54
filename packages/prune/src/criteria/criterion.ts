import type { Shape } from '@tlc/tensor'
import type { GradientStatistics } from './collect-gradients.ts'

/** What is known of a layer's inputs x, `[size]`, over all their rows: `collectInputs` of `@tlc/nn/calibration` gives it. */
export interface InputMoments {
  /** rows of x */
  readonly count: number
  /** Σ x² `[size]` */
  readonly squares: Float64Array
}

/** What a criterion is told about the weight it scores. */
export interface CriterionContext {
  /** The parameter's name, under which a criterion may hold scores or statistics of its own. */
  readonly name: string
  readonly shape: Shape
  /** Of the inputs of the layer that it belongs to, if they were given. */
  readonly statistics?: InputMoments | undefined
  /** Of the weight's gradients, if they were given. */
  readonly gradients?: GradientStatistics | undefined
}

/**
 * Scores the entries of a weight, row-major: those with the lowest scores are pruned first. Scores of different
 * weights are compared when the scope is global, so they must be in one unit. Entries pruned before are 0 in the weight,
 * and whatever they score is not looked at.
 */
export type Criterion = (weight: Float32Array, context: CriterionContext) => Float32Array | Promise<Float32Array>
