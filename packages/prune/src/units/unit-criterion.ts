import type { Parameter, UnitGroup } from '@tlc/nn'

/** What a criterion is told about the group whose units it scores. */
export interface UnitContext {
  /** the name of a parameter in the model */
  nameOf(parameter: Parameter): string
}

/**
 * Scores the units of a group, one number each: those with the lowest scores are pruned first. Scores of different groups
 * are compared when the scope is global, so they must be in one unit.
 */
export type UnitCriterion = (group: UnitGroup, context: UnitContext) => Float64Array | Promise<Float64Array>
