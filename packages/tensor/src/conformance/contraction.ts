import { matmul } from '../operations/contraction.ts'
import { abs } from '../operations/elementwise.ts'
import type { Primitives } from '../primitives.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Case, PrimitiveCases } from './case.ts'

export const contraction: PrimitiveCases<'matmul'> = {
  matmul: {
    tolerances: [
      {
        roundings: ([a], { transposeA }) => 4 + Math.sqrt(a!.shape.at(transposeA ? -2 : -1)!),
        scale: ([a, b], options) => matmul(abs(a!), abs(b!), options),
        because: 'as sum, of the products; fused multiply-adds round once where others round twice',
      },
    ],
    cases: products(),
  },
}

/** All four layouts of every size, of whole numbers (exact in any order) and of ordinary ones; broadcast batches. */
function products(): Case<Primitives['matmul']>[] {
  const shapes: readonly (readonly [batchA: Shape, batchB: Shape, rows: number, inner: number, columns: number])[] = [
    [[], [], 1, 1, 1],
    [[], [], 3, 5, 7],
    [[], [], 4, 8, 8],
    [[], [], 17, 33, 9],
    [[], [], 1, 100, 1],
    [[], [], 1, 70, 65],
    [[], [], 65, 70, 1],
    [[], [], 64, 64, 64],
    [[], [], 65, 129, 31],
    [[], [], 5, 1000, 3],
    [[], [], 3, 0, 4],
    [[], [], 0, 3, 4],
    [[], [], 3, 4, 0],
    [[3], [3], 5, 7, 6],
    [[2, 3], [2, 3], 9, 4, 5],
    [[2, 1], [3], 5, 4, 9],
    [[4], [], 6, 5, 8],
    [[], [4], 6, 5, 8],
    [[0], [0], 2, 3, 4],
  ]
  const layouts = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })))
  return shapes.flatMap(([batchA, batchB, rows, inner, columns]) =>
    layouts.flatMap(({ transposeA, transposeB }) => {
      const a = [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])]
      const b = [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])]
      const name = `${formatShape(a)}${transposeA ? 'ᵀ' : ''} times ${formatShape(b)}${transposeB ? 'ᵀ' : ''}`
      const parameters = { transposeA, transposeB }
      return [
        {
          name: `whole numbers, ${name}`,
          inputs: (draw) => [draw.integers(a, -9, 9, 'f32'), draw.integers(b, -9, 9, 'f32')],
          parameters,
          exact: true,
        },
        { name, inputs: (draw) => [draw.normal(a), draw.normal(b)], parameters },
      ]
    }),
  )
}
