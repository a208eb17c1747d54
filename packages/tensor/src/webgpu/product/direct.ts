import type { Inside } from './inside.ts'
import { laneOf, quad, type Side } from './side.ts'
import type { Tile } from './tile.ts'
import { addProducts, component, upTo } from './totals.ts'

/** Each invocation reads what it multiplies. */
export function direct(a: Side, b: Side, tile: Tile): Inside {
  const quads = [a, b].flatMap((side) => upTo(side.quads).map((index) => quad(side, index, laneOf(side, index), 'k')))
  const products = upTo(4).map((j) =>
    addProducts(
      tile,
      (row) => `a${Math.floor(row / 4)}_${j}.${component(row)}`,
      (index) => `b${index}_${j}`,
    ),
  )
  return {
    body: `${quads.map(({ before }) => before).join('')}
  for (var k = begin; k < until; k += 4u) {
${quads.map(({ read }) => read).join('')}${products.join('')}  }
`,
  }
}
