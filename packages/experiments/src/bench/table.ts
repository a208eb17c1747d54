import { formatBytes, formatCount, formatPercent } from '../quantities.ts'
import type { Distribution } from './measure.ts'
import { type MeasuredGroup, type MeasuredStep, type Measurement, type StepFigures, sharesOf } from './report.ts'

/** Cells as text, the first row their headings. */
export type Table = readonly (readonly string[])[]

/** Cells of every row and subject; another subject is another row. */
export function groupTable({ unit, columns, measurements }: MeasuredGroup): Table {
  const rows = new Map<string, Measurement[]>()
  for (const measurement of measurements) {
    const key = `${measurement.row}\n${measurement.subject}`
    rows.set(key, [...(rows.get(key) ?? []), measurement])
  }
  return [
    [unit, 'subject', ...columns, 'error', 'allowed'],
    ...[...rows.values()].map((cells) => [
      cells[0]!.row,
      cells[0]!.subject,
      ...columns.map((column) => cellOf(cells.find((cell) => cell.column === column))),
      ...worstCheck(cells),
    ]),
  ]
}

function cellOf(measurement: Measurement | undefined): string {
  if (!measurement) return ''
  const { figure, target } = measurement
  if (!figure) return 'wrong, not timed'
  return formatDistribution(figure) + (target === undefined ? '' : ` [${target}]`)
}

/** The check of a row that came nearest to failing. */
function worstCheck(cells: readonly Measurement[]): readonly string[] {
  const [worst] = cells
    .map(({ check }) => check)
    .toSorted((a, b) => b.error / (b.tolerance || 1) - a.error / (a.tolerance || 1))
  return [worst!.error.toExponential(1), worst!.tolerance.toExponential(1)]
}

/** What a training step of each model does in its time and memory. */
export function stepTable(steps: readonly MeasuredStep[]): Table {
  return [
    [
      'training step',
      'subject',
      'ms',
      'tokens/s',
      'GFLOP/s',
      'products',
      'attention',
      'other kernels',
      'outside',
      'peak',
      '16 bytes each',
      'error',
    ],
    ...steps.map(({ model, subject, figures, check }) => [
      model.name,
      subject,
      ...(figures ? stepCells(figures, model.targets?.gigaflops) : ['wrong, not timed', ...new Array(8).fill('')]),
      check.error.toExponential(1),
    ]),
  ]
}

function stepCells(figures: StepFigures, target: number | undefined): string[] {
  const { milliseconds, tokensPerSecond, gigaflops, peakBytes, parameters } = figures
  const { products, attention, otherKernels, outsideKernels } = sharesOf(figures)
  return [
    formatDistribution(milliseconds),
    formatCount(tokensPerSecond.median),
    formatDistribution(gigaflops) + (target === undefined ? '' : ` [${target}]`),
    ...[products, attention, otherKernels, outsideKernels].map((share) => formatPercent(share)),
    formatBytes(peakBytes),
    formatBytes(16 * parameters),
  ]
}

/** Where the time of a step goes, kernel by kernel. */
export function profileTable({ kernels, profiledMilliseconds }: StepFigures): Table {
  const inside = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const row = (op: string, calls: string, milliseconds: number, flops: number, bytes: number): readonly string[] => [
    op,
    calls,
    milliseconds.toFixed(2),
    formatPercent(milliseconds / profiledMilliseconds),
    flops > 0 ? formatRate(flops / milliseconds / 1e6) : '',
    bytes > 0 ? formatRate(bytes / milliseconds / 1e6) : '',
  ]
  return [
    ['kernel', 'calls', 'ms', 'of the step', 'GFLOP/s', 'GB/s'],
    ...kernels.map(({ op, calls, milliseconds, flops, bytes }) =>
      row(op, String(Math.round(calls)), milliseconds, flops, bytes),
    ),
    row('outside kernels', '', profiledMilliseconds - inside, 0, 0),
  ]
}

/** `41.2 (39.0–43.1)`: the median and the quartiles. */
function formatDistribution({ median, lowerQuartile, upperQuartile }: Distribution): string {
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
