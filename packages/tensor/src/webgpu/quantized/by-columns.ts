import type { Binding, Program } from '../device/program.ts'
import type { Machine, Operand } from '../machine.ts'
import { component, upTo } from '../product/totals.ts'
import { folded } from '../wgsl/index.ts'

/** Rows of x whose products are formed at once, at most: the components of a vector. */
export const fewRows = 4

/** Sums of products of few rows with each row of weights, along `parameters.inner` places. */
export interface ColumnSums {
  readonly key: string
  /** of x and weights */
  readonly bindings: readonly Binding[]
  readonly biased: boolean
  /** in which sums are formed */
  readonly sum: 'f32' | 'i32'
  /** places of a step, which an invocation reads at once */
  readonly places: number
  readonly declarations: string
  /** reads what all rows need of row `column` of weights at place `k` */
  readonly read: string
  /** what a row of x adds then */
  readonly term: (row: number) => string
  /** the element of y, from a total */
  readonly result: (row: number, total: string) => string
}

/** Half of the invocations of a column add what the other half has, and so on. */
const joining = `  partial[lane] = totals;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (term < half) { partial[lane] += partial[lane + half]; }
  }
  totals = partial[lane];`

function program(sums: ColumnSums, rows: number, lanes: number, size: number): Program {
  const { key, bindings, biased, sum, places, declarations, read, term, result } = sums
  return {
    key: `${key} by columns ${biased} ${rows} ${lanes}`,
    source: () => ({
      bindings: [
        ...bindings,
        ...(biased ? [{ name: 'bias', element: 'f32' }] : []),
        { name: 'y', element: 'f32', written: true },
      ],
      parameters: { rows: 'u32', columns: 'u32', inner: 'u32' },
      workgroup: [size],
      declarations: `${declarations}${lanes > 1 ? `var<workgroup> partial: array<vec4<${sum}>, ${size}>;` : ''}`,
      body: `  const lanes = ${lanes}u;
  let term = lane % lanes;
  let place = (group.y * groups.x + group.x) * ${size / lanes}u + lane / lanes;
  let column = min(place, parameters.columns - 1u);
  var totals = vec4<${sum}>();
  for (var k = ${places}u * term; k < parameters.inner; k += ${places}u * lanes) {
${read}
${upTo(rows)
  .map((row) => `    totals.${component(row)} += ${term(row)};`)
  .join('\n')}
  }
${lanes > 1 ? joining : ''}
  if (term == 0u && place < parameters.columns) {
${upTo(rows)
  .map((row) => {
    const total = result(row, `totals.${component(row)}`)
    return `    y[${row}u * parameters.columns + column] = ${total}${biased ? ' + bias[column]' : ''};`
  })
  .join('\n')}
  }`,
    }),
  }
}

/** Invocations of a workgroup at least. */
const smallest = 64

/**
 * Each row of weights is read once, by neighbours side by side. On a processor, where waiting for each other is dear, an
 * invocation has one for itself.
 */
export function runByColumns(
  machine: Machine,
  sums: ColumnSums,
  operands: readonly Operand[],
  { rows, columns, inner }: { readonly rows: number; readonly columns: number; readonly inner: number },
): void {
  const lanes = machine.lanesFor(Math.ceil(inner / sums.places), columns)
  const size = Math.max(smallest, lanes)
  const workgroups = Math.ceil((columns * lanes) / size)
  machine.run(program(sums, rows, lanes, size), operands, [rows, columns, inner], folded(workgroups))
}
