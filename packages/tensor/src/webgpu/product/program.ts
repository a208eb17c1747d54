import type { Program } from '../device/program.ts'
import { packedBindings, packedKey } from '../quantized/packed-rows.ts'
import { halfSupport } from '../wgsl/half.ts'
import { walkOver } from '../wgsl/walk.ts'
import { direct } from './direct.ts'
import type { Inside } from './inside.ts'
import { lanes } from './lanes.ts'
import { type Layout, outputElement } from './layout.ts'
import { shared } from './shared.ts'
import { lanesOf, packedSide, reader, type Side, sidesOf } from './side.ts'
import { rowsFirst, type Tile } from './tile.ts'
import { declareTotals, storer, storeTotals } from './totals.ts'

const insides: { readonly [O in Tile['operands']]: (a: Side, b: Side, tile: Tile) => Inside } = {
  direct,
  shared,
  lanes,
}

/**
 * y = a · b (+ a bias for each column), where every element is summed along the inner axis from its beginning to its end.
 * Its parameters are rows, columns, inner, the matrix at which the grid starts, and the length of a piece.
 */
export function product(layout: Layout, tile: Tile): Program {
  const { packed, ...plain } = layout
  const { element, vectorsA, vectorsB, vectorsY, biased, axes } = plain
  const { operands, x, y } = tile
  const output = outputElement(layout)
  return {
    key: `matmul ${Object.values(plain).map(String).join(' ')} ${packed ? packedKey(packed) : ''} ${Object.values(tile).join(' ')}`,
    source: () => ({
      enables: [...(element === 'f16' ? ['f16'] : []), ...(operands === 'lanes' ? ['subgroups'] : [])],
      bindings: [
        { name: 'a', element: vectorsA ? `vec4<${element}>` : element },
        ...(packed ? packedBindings(packed) : [{ name: 'b', element: vectorsB ? `vec4<${element}>` : element }]),
        ...(biased ? [{ name: 'bias', element }] : []),
        { name: 'y', element: vectorsY ? `vec4<${output}>` : output, written: true },
      ],
      axes,
      parameters: { rows: 'u32', columns: 'u32', inner: 'u32', first: 'u32', piece: 'u32' },
      workgroup: [x, y],
      ...code(layout, tile),
    }),
  }
}

function code(layout: Layout, tile: Tile): { readonly declarations: string; readonly body: string } {
  const [a, b] = sidesOf(layout, tile)
  const { declarations = '', body } = insides[tile.operands](a, b, tile)
  const part = layout.pieces
    ? `  let pieces = (parameters.inner + parameters.piece - 1u) / parameters.piece;
  let begin = (matrix % pieces) * parameters.piece;
  let until = min(begin + parameters.piece, parameters.inner);
  let matrices = matrixAt(matrix / pieces);`
    : `  let begin = 0u;
  let until = parameters.inner;
  let matrices = matrixAt(matrix);`
  const [down, across] = rowsFirst(tile) ? ['x', 'y'] : ['y', 'x']
  return {
    declarations:
      halfSupport(outputElement(layout)).functions +
      walkOver('matrixAt', 0, layout.axes) +
      reader(a) +
      (layout.packed ? packedSide(b, layout.packed) : reader(b)) +
      storer(layout) +
      declarations,
    body: `  let matrix = parameters.first + group.z;
${part}
  let aMatrix = matrices.x * parameters.rows * parameters.inner;
  let bMatrix = matrices.y * parameters.inner * parameters.columns;
  let aStart = group.${down} * ${lanesOf(a)}u;
  let bStart = group.${across} * ${lanesOf(b)}u;
${declareTotals(tile)}${body}${storeTotals(tile, a, b)}`,
  }
}
