import { type Choice, paretoFrontier } from './pareto-frontier.ts'

/**
 * Hypervolume in two dimensions: the area that the choices dominate, up to a reference that is worse than all of them:
 * costs above its cost and values below its value bring nothing.
 *
 * @see Zitzler & Thiele 1999, Multiobjective evolutionary algorithms: a comparative case study, section IV.A
 */
export function hypervolume(choices: readonly Choice[], reference: Choice): number {
  return staircaseArea(
    paretoFrontier(choices.filter(({ cost, value }) => cost < reference.cost && value > reference.value)),
    reference,
  )
}

/**
 * Area under a staircase: Σ (c_{i+1} - cᵢ)(vᵢ - reference value), with the reference cost after the last.
 *
 * @param steps by rising cost
 */
export function staircaseArea(steps: readonly Choice[], reference: Choice): number {
  return steps.reduce((area, { cost, value }, index) => {
    const next = steps[index + 1]?.cost ?? reference.cost
    return area + (next - cost) * (value - reference.value)
  }, 0)
}
