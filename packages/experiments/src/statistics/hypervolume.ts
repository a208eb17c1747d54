import { type Choice, paretoFrontier } from './pareto-frontier.ts'

export interface HypervolumeOptions {
  /** costs above this bring nothing */
  readonly cost: number
  /** values below this bring nothing */
  readonly value: number
}

/**
 * Hypervolume in two dimensions: the area that the choices dominate, up to a reference point that is worse than all of
 * them. For the frontier c₁ < c₂ < …: Σ (c_{i+1} - cᵢ)(vᵢ - reference value), with the reference cost after the last.
 *
 * @see Zitzler & Thiele 1999, Multiobjective evolutionary algorithms: a comparative case study, section IV.A
 */
export function hypervolume(choices: readonly Choice[], reference: HypervolumeOptions): number {
  const frontier = paretoFrontier(choices.filter(({ cost, value }) => cost < reference.cost && value > reference.value))
  return frontier.reduce((area, { cost, value }, index) => {
    const next = frontier[index + 1]?.cost ?? reference.cost
    return area + (next - cost) * (value - reference.value)
  }, 0)
}
