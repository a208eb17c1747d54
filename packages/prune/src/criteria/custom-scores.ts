import type { Criterion } from './criterion.ts'

/**
 * Scores from elsewhere, row-major, by the names of the parameters.
 *
 * @throws RangeError, when applied, if a parameter has none
 */
export function customScores(scores: ReadonlyMap<string, Float32Array>): Criterion {
  return (_, { name }) => {
    const found = scores.get(name)
    if (found) return found
    throw new RangeError(`customScores: there are none for '${name}', only for ${[...scores.keys()].join(', ')}`)
  }
}
