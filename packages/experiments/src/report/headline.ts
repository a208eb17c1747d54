import { learnedModels } from '../hypotheses/learned-models.ts'
import { formatBytes, formatNumber, formatPercent, formatPoints, formatSeconds } from '../quantities.ts'
import type { StudyResults } from '../results.ts'
import { accuracyDrop } from './accuracy-drop.ts'
import { compressionRows } from './compression-rows.ts'

/** A number that stands at the top of the report. */
export interface Headline {
  readonly value: string
  readonly label: string
}

/** The few numbers that a reader in a hurry takes along. */
export function headlines(study: StudyResults): Headline[] {
  return [training(study), ...accuracy(study), ...compression(study), verdicts(study)]
}

function training({ models, ...study }: StudyResults): Headline {
  const label = `${models[0]?.name} to ${models.at(-1)?.name}, each trained for ${trainingTime({ models, ...study })}`
  return { value: `${models.length} models`, label }
}

/** How long the models were trained, from their steps: '80 s', or '3.0 s to 8.0 s' where they differ. */
export function trainingTime({ models }: Pick<StudyResults, 'models'>): string {
  const seconds = models.map(({ steps, stepSeconds }) => steps * stepSeconds)
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)]
  return most < 1.1 * least ? formatSeconds(most) : `${formatSeconds(least)} to ${formatSeconds(most)}`
}

function accuracy({ fineTuning, task }: StudyResults): Headline[] {
  const [best] = fineTuning.toSorted((a, b) => b.accuracy - a.accuracy)
  if (!best) return []
  const label = `best accuracy, by ${best.model}; the most frequent class alone gives ${formatPercent(task.majorityAccuracy)}`
  return [{ value: formatPercent(best.accuracy), label }]
}

/** Points of accuracy that a compressed model may be worse, at the upper end of the 95% interval. */
const tolerated = 0.02

/** The most compressed artefact that is surely almost as accurate as the model it was made from. */
function compression(study: StudyResults): Headline[] {
  const learned = learnedModels(study)
  const harmless = compressionRows(study)
    .filter(({ model, label }) => learned.has(model) && label !== 'original')
    .map((row) => ({ ...row, drop: accuracyDrop(study, row) }))
    .filter(({ drop }) => drop.interval.high <= tolerated)
  const [most] = harmless.sort((a, b) => b.compression - a.compression)
  if (!most) return []
  const { difference, interval } = most.drop
  const range = `${formatPoints(interval.low)} to ${formatPoints(interval.high)}`
  return [
    {
      value: `${formatNumber(most.compression, 1)}× smaller`,
      label: `${most.model} at ${most.label}, ${formatBytes(most.bytes)}, for ${formatPoints(difference)} points of accuracy (interval ${range})`,
    },
  ]
}

function verdicts({ hypotheses }: StudyResults): Headline {
  const count = (kind: string) => hypotheses.filter(({ verdict }) => verdict === kind).length
  return {
    value: `${count('supported')} of ${hypotheses.length}`,
    label: `hypotheses supported; ${count('refuted')} refuted, ${count('inconclusive')} inconclusive`,
  }
}
