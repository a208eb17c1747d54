import type { Measurements } from '../results.ts'
import { proportionInterval } from '../statistics/proportion.ts'

/**
 * Names of the models that learned the task: the 95% interval of their accuracy before compression lies above always
 * answering the most frequent class. The others have no accuracy to lose, and would pass for robust.
 */
export function learnedModels({ compression, task }: Measurements): ReadonlySet<string> {
  const dense = compression.filter(({ sparsity, bits }) => sparsity === 0 && bits === 32)
  const learned = dense.filter(
    ({ accuracy }) => proportionInterval(Math.round(accuracy * task.items), task.items).low > task.majorityAccuracy,
  )
  return new Set(learned.map(({ model }) => model))
}

/** Why a comparison of accuracies says nothing then. */
export const nothingLearned = 'no model is surely better than always answering the most frequent class'
