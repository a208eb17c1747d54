import type { Inside } from './inside.ts'
import { lanesOf, quad, type Side } from './side.ts'
import type { Tile } from './tile.ts'
import { addProducts, component, upTo } from './totals.ts'

/** Copies a step of an operand to workgroup memory, four lanes by four places at a time: a row for each place. */
function fill(side: Side, { x, y, inner }: Tile): string {
  const perRow = lanesOf(side) / 4
  const { before, read } = quad(side, 0, `${side.name}Start + 4u * four`, 'k')
  const rows = upTo(4).map((j) => `      ${side.name}Tile[(step + ${j}u) * ${perRow}u + four] = ${side.name}0_${j};\n`)
  return `    for (var v = lane; v < ${(perRow * inner) / 4}u; v += ${x * y}u) {
      let four = v % ${perRow}u;
      let step = 4u * (v / ${perRow}u);
      let k = k0 + step;
${before}${read}${rows.join('')}    }
`
}

/** All of a workgroup copy a step of both operands to its memory, and each multiplies what it needs of it. */
export function shared(a: Side, b: Side, tile: Tile): Inside {
  const sides = [a, b] as const
  const fetches = sides.flatMap((side) => {
    const { name, quads, invocations, thread } = side
    return upTo(quads).map(
      (index) =>
        `      let ${name}${index} = ${name}Tile[step * ${lanesOf(side) / 4}u + ${thread} + ${index * invocations}u];\n`,
    )
  })
  const products = addProducts(
    tile,
    (row) => `a${Math.floor(row / 4)}.${component(row)}`,
    (index) => `b${index}`,
  )
  return {
    declarations: sides
      .map((side) => `var<workgroup> ${side.name}Tile: array<vec4f, ${(lanesOf(side) * tile.inner) / 4}>;\n`)
      .join(''),
    body: `  for (var k0 = begin; k0 < until; k0 += ${tile.inner}u) {
${sides.map((side) => fill(side, tile)).join('')}    workgroupBarrier();
    for (var step = 0u; step < ${tile.inner}u; step++) {
${fetches.join('')}${products}    }
    workgroupBarrier();
  }
`,
  }
}
