import { unpackItems } from '../packed-items.ts'
import type { CompressionPoint, StudyResults } from '../results.ts'
import { mcNemarTest } from '../statistics/mcnemar.ts'
import type { PairedDifference } from '../statistics/paired-difference.ts'
import { pairedProportions } from '../statistics/paired-proportions.ts'

/** What a compressed model lost. */
export interface AccuracyDrop extends PairedDifference {
  /** McNemar's, that the original is no better and no worse */
  readonly pValue: number
}

/** Accuracy of the original less accuracy of the artefact, on the same items, with its 95% interval. */
export function accuracyDrop(
  { compression, task }: StudyResults,
  { model, sparsity, bits }: Pick<CompressionPoint, 'model' | 'sparsity' | 'bits'>,
): AccuracyDrop {
  const correctAt = (zeros: number, width: number): Uint8Array => {
    const point = compression.find((one) => one.model === model && one.sparsity === zeros && one.bits === width)
    if (!point) throw new RangeError(`the results have no point of ${model} at sparsity ${zeros} and ${width} bits`)
    return unpackItems(point.correct, task.items)
  }
  const [before, after] = [correctAt(0, 32), correctAt(sparsity, bits)]
  return { ...pairedProportions(before, after), pValue: mcNemarTest(before, after).pValue }
}
