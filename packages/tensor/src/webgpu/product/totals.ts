import { stored } from '../wgsl/operand.ts'
import { type Layout, outputElement } from './layout.ts'
import { laneOf, type Side } from './side.ts'
import type { Tile } from './tile.ts'

const components = ['x', 'y', 'z', 'w'] as const

/** 0 to n - 1. */
export function upTo(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i)
}

/** The component of a vector. */
export function component(index: number): string {
  return components[index % 4]!
}

/** An invocation's sums: `total5_1` are row 5's of the second four columns. */
export function declareTotals({ rows, columns }: Tile): string {
  return upTo(rows)
    .map((r) =>
      upTo(columns / 4)
        .map((q) => `  var total${r}_${q} = vec4f();\n`)
        .join(''),
    )
    .join('')
}

/**
 * Adds the products of one place of the inner axis. Fused, or not, as the device has it, but for every tile alike: so
 * the order of the sums alone decides their bits.
 */
export function addProducts({ rows, columns }: Tile, a: (row: number) => string, b: (quad: number) => string): string {
  return upTo(rows)
    .map((r) =>
      upTo(columns / 4)
        .map((q) => `      total${r}_${q} = fma(vec4f(${a(r)}), ${b(q)}, total${r}_${q});\n`)
        .join(''),
    )
    .join('')
}

/** Writes an invocation's sums. */
export function storeTotals({ rows, columns }: Tile, a: Side, b: Side): string {
  return upTo(rows)
    .map((r) => {
      const row = `${laneOf(a, Math.floor(r / 4))} + ${r % 4}u`
      return upTo(columns / 4)
        .map((q) => `  store(${row}, ${laneOf(b, q)}, total${r}_${q}, matrix);\n`)
        .join('')
    })
    .join('')
}

/** `fn store(row, column, total, matrix)`: four neighbours of a row, those that are there. */
export function storer(layout: Layout): string {
  const { vectorsY, biased } = layout
  const element = outputElement(layout)
  const bias = upTo(4).map((k) => `f32(bias[min(column + ${k}u, parameters.columns - 1u)])`)
  const write = vectorsY
    ? '  y[place / 4u] = rounded;'
    : upTo(4)
        .map((k) => `  if (column + ${k}u < parameters.columns) { y[place + ${k}u] = rounded[${k}]; }`)
        .join('\n')
  return `fn store(row: u32, column: u32, total: vec4f, matrix: u32) {
  if (row >= parameters.rows || column >= parameters.columns) { return; }
  let sum = total${biased ? ` + vec4f(${bias.join(', ')})` : ''};
  let rounded = ${stored(element, 'sum')};
  let place = (matrix * parameters.rows + row) * parameters.columns + column;
${write}
}
`
}
