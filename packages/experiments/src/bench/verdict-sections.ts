import { cellOf, figuresOf, lossesOf, type Pair, pairsOf, setupsOf } from './compare.ts'
import { distributionOf } from './measure.ts'
import { type BenchmarkReport, wrongOnes } from './report.ts'
import { formatDistribution, formatRate, markdownTable, pageStyle, type Table } from './table.ts'
import { type Target, type TargetResult, targetsOf } from './targets.ts'

/** What a run comes to: the targets met, and a line for each of the others. */
export function summarySection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  const met = `${targets.filter((target) => target.met).length} of ${targets.length} targets are met.`
  const parts = [met, comparisonSection(report), ...unavailableOf(report)]
  return `## In short\n\n${parts.filter((part) => part !== '').join('\n\n')}`
}

/** A row for each of the others: how each of our setups compares with them, over all cells that both computed. */
function comparisonSection(report: BenchmarkReport): string {
  const setups = setupsOf(report)
  const figures = figuresOf(report)
  const pairs = setups.map((setup) => pairsOf(figures, setup))
  const others = report.subjects.filter(({ name }) => pairs.some((own) => own.some(isAgainst(name))))
  if (others.length === 0) return ''
  const rows = others.map(({ name }) => [name, '', ...pairs.map((own) => advantageOf(own.filter(isAgainst(name))))])
  const meaning =
    'Cells in which ours is faster with as many threads; how many times as fast in the middle, at worst and at best:'
  return `${meaning}\n\n${markdownTable([['against', '', ...setups], ...rows])}`
}

const isAgainst =
  (name: string) =>
  ({ theirs }: Pair): boolean =>
    theirs.subject.name === name

/** '40 of 41, 3.10 (0.92–64)' */
function advantageOf(pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ ratio }) => ratio.median)
  if (ratios.length === 0) return ''
  const faster = ratios.filter((ratio) => ratio >= 1).length
  const range = `${formatRate(Math.min(...ratios))}–${formatRate(Math.max(...ratios))}`
  return `${faster} of ${ratios.length}, ${formatRate(distributionOf(ratios).median)} (${range})`
}

function unavailableOf({ subjects }: BenchmarkReport): readonly string[] {
  return subjects.flatMap(({ name, note }) => (note === null ? [] : [`${name} was not measured: ${note}`]))
}

/** A row for each target, a column for each of our setups. */
export function targetSection(report: BenchmarkReport): string {
  const targets = targetsOf(report)
  if (targets.length === 0) return '## Targets\n\nNone was measured.'
  const setups = setupsOf(report)
  const table: Table = [
    ['what', `worst of ${setups[0]}`, 'reach', ...setups, ''],
    ...targets.map(({ what, unit, reach, results, met }) => [
      what,
      results[0]!.where,
      `${reach} ${unit}`,
      ...results.map((result) => (result ? measuredText(result) : '')),
      met ? 'met' : '**missed**',
    ]),
  ]
  return `## Targets

Each is as good as its worst cell, all measured in this run: here that cell's figure, and how many cells reach the target.
What \`${setups[0]}\` reaches decides.

${markdownTable(table)}`
}

/** '0.95 (0.93–0.97), 11 of 12' */
function measuredText({ worst, reached, count }: TargetResult): string {
  return `${formatDistribution(worst, pageStyle)}, ${reached} of ${count}`
}

/** '513³ to 512³: reach 0.9 ×; worst matmul … NN; tlc: 0.95 (0.93–0.97), 4 of 4; tlc, 128 bits: 0.94 (0.9–0.98), 4 of 4' */
export function describeTarget({ what, unit, reach, results }: Target, setups: readonly string[]): string {
  const measured = results.flatMap((result, place) => (result ? [`${setups[place]}: ${measuredText(result)}`] : []))
  return `${what}: reach ${reach} ${unit}; worst ${results[0]!.where}; ${measured.join('; ')}`
}

/** Where our first setup is not the fastest, the worst first; and what was wrong. */
export function lossSection(report: BenchmarkReport): string {
  const losses = lossesOf(report)
  const wrong = wrongOnes(report)
  const [first] = setupsOf(report)
  const parts = [
    losses.length === 0
      ? `Compared with \`${first}\`, none in this run.`
      : `Compared with \`${first}\`, with as many threads:\n\n${lossTable(losses)}`,
    ...(wrong.length === 0
      ? []
      : [`Wrong, and therefore not timed: ${wrong.map(({ name, subject }) => `${name} (${subject})`).join('; ')}.`]),
  ]
  return `## Where others are faster\n\n${parts.join('\n\n')}`
}

function lossTable(losses: readonly Pair[]): string {
  return markdownTable([
    ['where', 'who', 'theirs', 'ours', 'ours / theirs'],
    ...losses.map(({ ours, theirs, ratio }) => [
      cellOf(theirs),
      theirs.subject.name,
      `${formatRate(theirs.value.median)} ${theirs.unit}`,
      `${formatRate(ours.value.median)} ${ours.unit}`,
      formatDistribution(ratio, pageStyle),
    ]),
  ])
}

/** 'matmul … NN: ours 45.2, onnxruntime-node ×1 72.7 GFLOP/s (0.62)' */
export function describePair({ ours, theirs, ratio }: Pair): string {
  const [mine, their] = [ours, theirs].map(({ value }) => formatRate(value.median))
  return `${cellOf(ours)}: ours ${mine}, ${theirs.subject.name} ${their} ${theirs.unit} (${formatRate(ratio.median)})`
}
