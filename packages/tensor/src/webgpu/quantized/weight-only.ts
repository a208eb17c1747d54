import type { FusedKernels } from '../../backend.ts'
import type { Machine } from '../machine.ts'
import { runProducts } from '../product/run.ts'
import { reader } from '../product/side.ts'
import { type ColumnSums, fewRows, runByColumns } from './by-columns.ts'
import { type PackedLayout, packedBindings, packedKey, packedLayout, packedReader } from './packed-rows.ts'

/** A word of codes at a time. */
function columnSums(packed: PackedLayout, vectors: boolean, biased: boolean): ColumnSums {
  const x = { name: 'a', count: 'rows', vectors, alongInner: true, whole: false } as const
  const fours = packed.bits === 8 ? [0] : [0, 1]
  return {
    key: `weightOnlyLinear ${packedKey(packed)} ${vectors}`,
    bindings: [{ name: 'a', element: vectors ? 'vec4f' : 'f32' }, ...packedBindings(packed)],
    biased,
    sum: 'f32',
    places: 32 / packed.bits,
    declarations: reader(x) + packedReader(packed),
    read: `    let word = codeWord(column, k / ${32 / packed.bits}u);
${fours.map((j) => `    let weights${j} = weightsOf(word >> ${16 * j}u, column, k + ${4 * j}u);`).join('\n')}`,
    term: (row) => fours.map((j) => `dot(readA(originA(0u, ${row}u), k + ${4 * j}u), weights${j})`).join(' + '),
    result: (_, total) => total,
  }
}

/**
 * Packed weights become numbers in registers. Of few rows each weight is read once; more are products like others, whose
 * tiles read weights this way, in the shape that a product of f32 of that size has.
 */
export function weightOnly(machine: Machine): Pick<FusedKernels, 'weightOnlyLinear'> {
  return {
    weightOnlyLinear: ([x, ...others], parameters, [y]) => {
      if (y!.size === 0) return
      const inner = x!.shape.at(-1)!
      const columns = y!.shape.at(-1)!
      const rows = y!.size / columns
      const packed = packedLayout(others, parameters, inner)
      const weights = others.slice(0, packedBindings(packed).length)
      const bias = others[weights.length]
      if (rows <= fewRows) {
        const sums = columnSums(packed, inner % 4 === 0, bias !== undefined)
        runByColumns(machine, sums, [x!, ...others, y!], { rows, columns, inner })
        return
      }
      const layout = { transposeA: false, transposeB: true, element: 'f32' } as const
      const sizes = { ...layout, rows, columns, inner, matrices: 1, axes: [] }
      runProducts(machine, { a: x!, b: weights, bias, y: y! }, { ...sizes, packed }, machine.tiles.of(sizes))
    },
  }
}
