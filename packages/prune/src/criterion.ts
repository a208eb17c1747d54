import type { Shape } from '@tlc/tensor'

/** What a criterion is told about the weight it scores. */
export interface CriterionContext {
  /** The parameter's name, under which a criterion may hold scores or statistics of its own. */
  readonly name: string
  readonly shape: Shape
}

/**
 * Scores the entries of a weight, row-major: those with the lowest scores are pruned first. Scores of different
 * weights are compared when the scope is global, so they must be in one unit.
 */
export type Criterion = (weight: Float32Array, context: CriterionContext) => Float32Array | Promise<Float32Array>
