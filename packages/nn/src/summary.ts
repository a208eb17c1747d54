import { type DType, dtypes, formatShape, type Shape } from '@tlc/tensor'
import { type Module, namedParameters } from './module.ts'

/** One parameter of a summary. */
export interface ParameterSummary {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
  /** elements */
  readonly size: number
  readonly bytes: number
  readonly trainable: boolean
}

/** What a module is made of; tied parameters come once. */
export interface Summary {
  readonly rows: readonly ParameterSummary[]
  /** elements of all parameters */
  readonly parameters: number
  /** elements of those that are trainable */
  readonly trainable: number
  readonly bytes: number
}

/** Names, shapes, sizes and bytes of a module's parameters. */
export function summary(root: Module): Summary {
  const rows = [...namedParameters(root)].map(([name, { stored, trainable }]) => ({
    name,
    shape: stored.shape,
    dtype: stored.dtype,
    size: stored.size,
    bytes: stored.size * dtypes[stored.dtype].bytes,
    trainable,
  }))
  const total = (of: (row: ParameterSummary) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
  return {
    rows,
    parameters: total(({ size }) => size),
    trainable: total(({ size, trainable }) => (trainable ? size : 0)),
    bytes: total(({ bytes }) => bytes),
  }
}

/** A summary as a table of lines, for a terminal. */
export function formatSummary({ rows, parameters, trainable, bytes }: Summary): string {
  const cells = rows.map((row) => [
    row.name,
    formatShape(row.shape),
    row.dtype,
    row.size.toLocaleString('en'),
    row.trainable ? '' : 'frozen',
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((cell) => cell[column]!.length)))
  const lines = cells.map(([name, shape, dtype, size, frozen]) =>
    [name!.padEnd(widths[0]!), shape!.padEnd(widths[1]!), dtype!.padEnd(widths[2]!), size!.padStart(widths[3]!), frozen]
      .join('  ')
      .trimEnd(),
  )
  const count = (elements: number): string => elements.toLocaleString('en')
  return [...lines, `${count(parameters)} parameters, ${count(trainable)} trainable, ${count(bytes)} bytes`].join('\n')
}
