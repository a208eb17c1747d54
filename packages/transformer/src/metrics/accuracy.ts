import { countClasses } from './confusion.ts'

/**
 * The part of predictions that are the label, 0 to 1.
 *
 * @param predictions class numbers
 * @param labels class numbers
 * @throws RangeError for no predictions, or labels for another number of them
 */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0
  for (const { both } of countClasses('accuracy', predictions, labels).values()) right += both
  return right / labels.length
}
