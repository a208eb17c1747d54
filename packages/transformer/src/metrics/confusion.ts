/** How often a class was predicted, was the label, and was both. */
export interface ClassCounts {
  readonly predicted: number
  readonly labelled: number
  readonly both: number
}

/**
 * Counts predictions against labels, for each class that occurs among either, by its number.
 *
 * @throws RangeError for no predictions, or labels for another number of them
 */
export function countClasses(
  metric: string,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): ReadonlyMap<number, ClassCounts> {
  if (predictions.length !== labels.length)
    throw new RangeError(`${metric}: ${predictions.length} predictions for ${labels.length} labels; give one for each`)
  if (predictions.length === 0) throw new RangeError(`${metric}: needs one prediction at least, got none`)
  const counts = new Map<number, ClassCounts>()
  const add = (of: number, field: keyof ClassCounts): void => {
    const before = counts.get(of) ?? { predicted: 0, labelled: 0, both: 0 }
    counts.set(of, { ...before, [field]: before[field] + 1 })
  }
  for (let i = 0; i < predictions.length; i++) {
    add(predictions[i]!, 'predicted')
    add(labels[i]!, 'labelled')
    if (predictions[i] === labels[i]) add(labels[i]!, 'both')
  }
  return counts
}
