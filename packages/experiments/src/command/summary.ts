import { alignedColumns } from '../aligned-columns.ts'
import { formatBytes, formatCount, formatNumber, formatPercent, formatSeconds } from '../quantities.ts'
import type { CompressionPoint, ModelSize, StudyResults } from '../results.ts'

/** Relative loss of accuracy that still counts as none. */
const tolerated = 0.005

export interface SummaryPaths {
  readonly report: string
  readonly results: string
}

/** What a study found, in a terminal: a table of models, a line for each hypothesis, and where to read on. */
export function summaryOf(results: StudyResults, { report, results: numbers }: SummaryPaths): string {
  const { study, task, models, hypotheses } = results
  const header = [
    'model',
    'parameters',
    'steps',
    'validation loss',
    'accuracy',
    `smallest at <= ${formatPercent(tolerated)} loss`,
  ]
  return [
    '',
    ...alignedColumns([header, ...models.map((model) => modelRow(results, model))]),
    '',
    `Accuracy on ${task.items} texts; the most frequent class alone gives ${formatPercent(task.majorityAccuracy)}.`,
    '',
    ...alignedColumns(hypotheses.map(({ id, verdict, claim }) => [id, verdict, claim])),
    '',
    `${formatSeconds(study.seconds)} in all, seed ${study.seed}.`,
    `Report:  ${report}`,
    `Numbers: ${numbers}`,
  ].join('\n')
}

function modelRow({ curves, fineTuning, compression }: StudyResults, { name, parameters, steps }: ModelSize): string[] {
  const loss = curves.findLast(({ model }) => model === name)!.validationLoss
  const accuracy = fineTuning.find(({ model }) => model === name)!.accuracy
  const own = compression.filter(({ model }) => model === name)
  return [
    name,
    formatCount(parameters),
    formatCount(steps),
    formatNumber(loss, 3),
    formatPercent(accuracy),
    smallest(own),
  ]
}

/** The smallest artefact that is as good as the whole model, by its measured accuracy. */
function smallest(points: readonly CompressionPoint[]): string {
  const whole = points.find(({ sparsity, bits }) => sparsity === 0 && bits === 32)!
  const asGood = points.filter(({ accuracy }) => accuracy >= whole.accuracy * (1 - tolerated))
  const { bytes, bits, sparsity, accuracy } = asGood.reduce((a, b) => (b.bytes < a.bytes ? b : a))
  const times = `${formatNumber(whole.bytes / bytes, 1)}x`
  return `${formatBytes(bytes)} (${times}): ${bits} bits, ${formatPercent(sparsity, 0)} pruned, ${formatPercent(accuracy)}`
}
