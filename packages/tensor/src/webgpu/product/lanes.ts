import type { Inside } from './inside.ts'
import { laneOf, quad, type Side } from './side.ts'
import type { Tile } from './tile.ts'
import { addProducts, component, upTo } from './totals.ts'

/**
 * A workgroup is one subgroup, whose invocations have the same rows. So each reads a part of a, four numbers at a time, and
 * tells the others: on processors, where every invocation's load is one of its own, that is what costs.
 */
export function lanes(a: Side, b: Side, tile: Tile): Inside {
  const { rows, x: size } = tile
  // Four places of the inner axis by all rows are as many quads as there are rows.
  const loads = upTo(Math.ceil(rows / size)).map((load) => {
    const index = `(subgroupLane + ${load * size}u) % ${rows}u`
    return a.alongInner
      ? {
          before: `  let aOrigin${load} = originA(aMatrix, aStart + ${index});\n`,
          read: `    let a${load} = readA(aOrigin${load}, k);\n`,
        }
      : {
          before: `  let aOrigin${load} = originA(aMatrix, aStart + 4u * (${index} % ${rows / 4}u));
  let aPlace${load} = ${index} / ${rows / 4}u;\n`,
          read: `    let a${load} = readA(aOrigin${load}, k + aPlace${load});\n`,
        }
  })
  const told = (row: number, j: number): string => {
    const index = a.alongInner ? row : (j * rows) / 4 + Math.floor(row / 4)
    const load = Math.floor(index / size)
    return `subgroupBroadcast(a${load}.${component(a.alongInner ? j : row)}, ${index % size}u)`
  }
  const quads = upTo(b.quads).map((index) => quad(b, index, laneOf(b, index), 'k'))
  const products = upTo(4).map((j) =>
    addProducts(
      tile,
      (row) => told(row, j),
      (index) => `b${index}_${j}`,
    ),
  )
  return {
    body: `${[...loads, ...quads].map(({ before }) => before).join('')}
  for (var k = begin; k < until; k += 4u) {
${[...loads, ...quads].map(({ read }) => read).join('')}${products.join('')}  }
`,
  }
}
