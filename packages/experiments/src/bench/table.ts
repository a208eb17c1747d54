import { formatBytes, formatCount, formatPercent } from '../quantities.ts'
import type { Unit } from './case.ts'
import { setupsOf, speedupOf } from './compare.ts'
import type { Distribution } from './measure.ts'
import { neededBytes } from './needed-memory.ts'
import {
  isOwn,
  type MeasuredGroup,
  type MeasuredStep,
  type MeasuredSubject,
  type Measurement,
  type StepFigures,
  sharesOf,
} from './report.ts'

/** Cells as text, the first row their headings. */
export type Table = readonly (readonly string[])[]

/** How figures are written: with quartiles or not, and what marks one that is better than ours. */
export interface Style {
  readonly quartiles: boolean
  readonly better: (text: string) => string
}

export const pageStyle: Style = { quartiles: true, better: (text) => `**${text}**` }

/** A row for each case, a column for each subject that has a figure. */
export function groupTable(
  { unit, measurements }: MeasuredGroup,
  subjects: readonly MeasuredSubject[],
  style: Style,
): Table {
  const shown = subjects.filter(({ name }) => measurements.some(({ subject, check }) => subject === name && check))
  const rows = new Map<string, Measurement[]>()
  for (const measurement of measurements) {
    const key = `${measurement.row}\n${measurement.column}`
    rows.set(key, [...(rows.get(key) ?? []), measurement])
  }
  return [
    [unit, '', ...shown.map(({ name }) => name), 'error', 'allowed'],
    ...[...rows.values()].map((cells) => [
      cells[0]!.row,
      cells[0]!.column,
      ...shown.map((subject) => cellText(unit, subject, cells, subjects, style)),
      ...worstCheck(cells),
    ]),
  ]
}

function cellText(
  unit: Unit,
  subject: MeasuredSubject,
  cells: readonly Measurement[],
  subjects: readonly MeasuredSubject[],
  style: Style,
): string {
  const cell = cells.find((each) => each.subject === subject.name)
  if (!cell?.figure) return cell?.check ? 'wrong' : ''
  const text = formatDistribution(cell.figure, style)
  const [setup] = setupsOf({ subjects })
  const first = subjects.find((each) => each.setup === setup && each.spec.threads === subject.spec.threads)
  const ours = cells.find((each) => each.subject === first?.name)
  const ratio = ours && !isOwn(subject.spec) ? speedupOf(unit, cell.samples, ours.samples) : undefined
  return ratio && ratio.median > 1 ? style.better(text) : text
}

/** The check of a row, of results that were timed, that came nearest to failing. */
function worstCheck(cells: readonly Measurement[]): readonly string[] {
  const [worst] = cells
    .flatMap(({ check, figure }) => (check && figure ? [check] : []))
    .toSorted((a, b) => b.error / (b.tolerance || 1) - a.error / (a.tolerance || 1))
  return worst ? [worst.error.toExponential(1), worst.tolerance.toExponential(1)] : ['', '']
}

/** What a training step of each model does in its time and memory. */
export function stepTable(steps: readonly MeasuredStep[], style: Style): Table {
  const shown = steps.filter(({ check, note }) => check || note?.startsWith('failed'))
  const works = shown.some(({ figures }) => figures?.work) ? ['submits', 'dispatches'] : []
  return [
    ['training step', 'subject', 'ms', 'tokens/s', 'GFLOP/s', ...works, 'process', 'error'],
    ...shown.map(({ model, subject, figures, check, note }) => [
      model.name,
      subject,
      ...(figures ? speedCells(figures, style) : [note ?? 'wrong, not timed', '', '', ...works.map(() => ''), '']),
      check && figures ? check.error.toExponential(1) : '',
    ]),
  ]
}

function speedCells(
  { milliseconds, tokensPerSecond, gigaflops, work, residentBytes }: StepFigures,
  style: Style,
): string[] {
  return [
    formatDistribution(milliseconds, style),
    formatCount(tokensPerSecond.median),
    formatDistribution(gigaflops, style),
    ...(work ? [String(work.submits), String(work.dispatches)] : []),
    formatBytes(residentBytes),
  ]
}

/** Where time and memory of our own steps go. */
export function shareTable(steps: readonly MeasuredStep[]): Table {
  return [
    [
      'training step',
      'subject',
      'products',
      'attention',
      'other kernels',
      'outside',
      'peak',
      'needed',
      'peak / needed',
    ],
    ...steps.flatMap(({ model, subject, figures }) => {
      if (!figures?.own) return []
      const { products, attention, otherKernels, outsideKernels } = sharesOf(figures.own)
      const { peakBytes } = figures.own
      const needed = neededBytes(model)
      return [
        [
          model.name,
          subject,
          ...[products, attention, otherKernels, outsideKernels].map((share) => formatPercent(share)),
          formatBytes(peakBytes),
          formatBytes(needed),
          (peakBytes / needed).toFixed(2),
        ],
      ]
    }),
  ]
}

/** `41.2 (39.0–43.1)`: the median and the quartiles, if there are several samples. */
export function formatDistribution(
  { median, lowerQuartile, upperQuartile, samples }: Distribution,
  { quartiles }: Pick<Style, 'quartiles'>,
): string {
  if (!quartiles || samples === 1) return formatRate(median)
  return `${formatRate(median)} (${formatRate(lowerQuartile)}–${formatRate(upperQuartile)})`
}

/** Three digits: 0.123, 4.56, 78.9, 1234. */
export function formatRate(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** Aligned for a terminal: the first two columns to the left, figures to the right. */
export function alignedText(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const pad = (cell: string, column: number): string =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
  return table.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

export function markdownTable([headings, ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = line(headings!.map((_, column) => (column < 2 ? '---' : '--:')))
  return [line(headings!), rule, ...rows.map(line)].join('\n')
}
