import { checkLevel } from './interval.ts'
import { mcNemarTest } from './mcnemar.ts'
import type { PairedDifference } from './paired-difference.ts'
import { studentHalfWidth } from './student.ts'

/**
 * Difference of two accuracies on the same n items: with b items that only the first got right and c that only the
 * second, d = (b - c) / n, standard error √(b + c - (b - c)² / n) / n; interval d ± t · standard error. For many items;
 * quick, where the bootstrap of `pairedDifference` would take long.
 *
 * @param first whether the first was right, per item (true or 1)
 * @see Agresti 2013, Categorical data analysis, equation 11.1
 */
export function pairedProportions(
  first: ArrayLike<number | boolean>,
  second: ArrayLike<number | boolean>,
  level = 0.95,
): PairedDifference {
  checkLevel('pairedProportions', level)
  const { onlyFirst, onlySecond } = mcNemarTest(first, second)
  const items = first.length
  const difference = (onlyFirst - onlySecond) / items
  const error = Math.sqrt(onlyFirst + onlySecond - (onlyFirst - onlySecond) ** 2 / items) / items
  const margin = studentHalfWidth(level, items - 1) * error
  return { difference, interval: { low: difference - margin, high: difference + margin, level } }
}
