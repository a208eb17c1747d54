import { unpackItems } from '../packed-items.ts'
import { formatBytes, formatNumber, formatPercent, formatSeconds } from '../quantities.ts'
import type { StudyResults } from '../results.ts'
import { mcNemarTest } from '../statistics/mcnemar.ts'
import { type CompressionRow, compressionRows } from './compression-rows.ts'

/** A number that stands at the top of the report. */
export interface Headline {
  readonly value: string
  readonly label: string
}

/** The few numbers that a reader in a hurry takes along. */
export function headlines(study: StudyResults): Headline[] {
  return [training(study), ...accuracy(study), ...compression(study), verdicts(study)]
}

function training({ models, study }: StudyResults): Headline {
  return {
    value: `${models.length} models`,
    label: `${models[0]?.name} to ${models.at(-1)?.name}, each trained for ${formatSeconds(study.trainingSeconds)}`,
  }
}

function accuracy({ fineTuning, task }: StudyResults): Headline[] {
  const [best] = fineTuning.toSorted((a, b) => b.accuracy - a.accuracy)
  if (!best) return []
  const label = `best accuracy, by ${best.model}; the most frequent class alone gives ${formatPercent(task.majorityAccuracy)}`
  return [{ value: formatPercent(best.accuracy), label }]
}

/** The most compressed artefact that is not significantly less accurate than the model it was made from. */
function compression(study: StudyResults): Headline[] {
  const harmless = compressionRows(study).filter((row) => isHarmless(study, row))
  if (harmless.length === 0) return []
  const most = harmless.reduce((a, b) => (b.compression > a.compression ? b : a))
  return [
    {
      value: `${formatNumber(most.compression, 1)}× smaller`,
      label: `${most.model} at ${most.label}, ${formatBytes(most.bytes)}, with no significant loss of accuracy (${formatPercent(most.accuracy)}; McNemar, 5%)`,
    },
  ]
}

function isHarmless({ compression, task: { items } }: StudyResults, row: CompressionRow): boolean {
  const own = compression.filter(({ model }) => model === row.model)
  const before = own.find(({ sparsity, bits }) => sparsity === 0 && bits === 32)
  const after = own.find(
    ({ sparsity, bits, bytes }) => sparsity === row.sparsity && bits === row.bits && bytes === row.bytes,
  )
  if (!before || !after || after === before) return false
  const { onlyFirst, onlySecond, pValue } = mcNemarTest(
    unpackItems(before.correct, items),
    unpackItems(after.correct, items),
  )
  return onlyFirst <= onlySecond || pValue > 0.05
}

function verdicts({ hypotheses }: StudyResults): Headline {
  const count = (kind: string) => hypotheses.filter(({ verdict }) => verdict === kind).length
  return {
    value: `${count('supported')} of ${hypotheses.length}`,
    label: `hypotheses supported; ${count('refuted')} refuted, ${count('inconclusive')} inconclusive`,
  }
}
