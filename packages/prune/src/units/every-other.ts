import type { UnitCriterion } from './unit-criterion.ts'

/**
 * 0 for the second, fourth … unit and 1 for the others: with `sparsity: 0.5` every other layer goes, and the first stays.
 *
 * @see Fan et al. 2020, Reducing Transformer depth on demand with structured dropout, section 3.2
 */
export const everyOther: UnitCriterion = ({ count }) =>
  Float64Array.from({ length: count }, (_, unit) => 1 - (unit % 2))
