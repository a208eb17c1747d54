import type { GradientStatistics } from './collect-gradients.ts'
import type { CriterionContext } from './criterion.ts'

/** The statistics of a weight's gradients that a criterion needs. @throws RangeError if they are not there */
export function gradientsOf(criterion: string, { name, gradients }: CriterionContext): GradientStatistics {
  if (gradients) return gradients
  throw new RangeError(
    `${criterion}: there are no gradients of '${name}'; give those of collectGradients(parameters, loss, batches) as the option gradients`,
  )
}
