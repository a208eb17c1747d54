import { checkLevel, type Interval } from '../statistics/interval.ts'
import { studentHalfWidth } from '../statistics/student.ts'

/** A mean over seeds. */
export interface MeanOverSeeds {
  readonly mean: number
  /** of the mean; null for a single seed, which says nothing of the spread */
  readonly interval: Interval | null
}

/**
 * The mean of n values with Student's interval: mean ± t s / √n, t with n - 1 degrees of freedom.
 *
 * @param values one for each seed, one at least
 * @param level confidence
 * @see Student 1908, The probable error of a mean
 */
export function meanOverSeeds(values: readonly number[], level: number): MeanOverSeeds {
  checkLevel('pareto', level)
  const count = values.length
  const mean = values.reduce((sum, each) => sum + each, 0) / count
  if (count < 2) return { mean, interval: null }
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1)
  const halfWidth = studentHalfWidth(level, count - 1) * Math.sqrt(variance / count)
  return { mean, interval: { low: mean - halfWidth, high: mean + halfWidth, level } }
}
