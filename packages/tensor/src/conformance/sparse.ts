import { abs } from '../operations/elementwise.ts'
import { sparseLinear } from '../operations/neural.ts'
import { formatShape, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { CompositeCases } from './case.ts'
import type { Draw } from './draw.ts'

/** What products by blocks are tried on. */
export const sparse: CompositeCases<'sparseLinear'> = {
  sparseLinear: {
    half: false,
    tolerances: [
      {
        roundings: ([x]) => 4 + Math.sqrt(x!.shape.at(-1)!),
        scale: ([x, values, columns, offsets, bias]) =>
          sparseLinear(abs(x!), { values: abs(values!), columns: columns!, offsets: offsets! }, bias && abs(bias)),
        because: 'as linear',
      },
    ],
    cases: shapes().flatMap(({ rows, block, down, across }) =>
      [true, false].flatMap((biased) => {
        const name = `${formatShape(rows)} rows, ${down} x ${across} blocks ${formatShape(block)}${biased ? '' : ' without a bias'}`
        const some = (draw: Draw, make: (shape: Shape) => Tensor): Tensor[] => {
          const { columns, offsets } = pattern(down, across)
          return [
            make([...rows, across * block[1]]),
            make([columns.length, ...block]),
            draw.values([columns.length], 'i32', columns),
            draw.values([down + 1], 'i32', offsets),
            ...(biased ? [make([down * block[0]])] : []),
          ]
        }
        return [
          { name, inputs: (draw: Draw) => some(draw, (shape) => draw.normal(shape)), parameters: {} },
          {
            name: `whole numbers, ${name}`,
            inputs: (draw: Draw) => some(draw, (shape) => draw.integers(shape, -9, 9, 'f32')),
            parameters: {},
            exact: true,
          },
        ]
      }),
    ),
  },
}

interface Sizes {
  readonly rows: Shape
  readonly block: readonly [number, number]
  readonly down: number
  readonly across: number
}

/** Blocks of each kind that kernels may treat differently, for one row of x, a few, and more than a panel of them. */
function shapes(): Sizes[] {
  const blocks = [
    { block: [1, 1], down: 37, across: 29 },
    { block: [1, 4], down: 18, across: 9 },
    { block: [4, 1], down: 9, across: 33 },
    { block: [4, 4], down: 5, across: 7 },
    { block: [8, 3], down: 3, across: 8 },
    { block: [3, 2], down: 7, across: 11 },
  ] as const
  const rows: readonly Shape[] = [[], [2], [3, 3], [35]]
  return [
    ...blocks.flatMap((each) => rows.map((some) => ({ ...each, rows: some }))),
    { block: [1, 1], down: 3, across: 4, rows: [0] },
    { block: [2, 2], down: 0, across: 4, rows: [3] },
    { block: [1, 1], down: 1, across: 5, rows: [4] },
  ]
}

/** Rows of blocks with a few blocks, with all, and (the second) with none. */
function pattern(down: number, across: number): { columns: number[]; offsets: number[] } {
  const columns: number[] = []
  const offsets = [0]
  for (let i = 0; i < down; i++) {
    for (let j = 0; j < across; j++) if (i !== 1 && (i % 5 === 2 || (7 * i + 5 * j) % 4 === 0)) columns.push(j)
    offsets.push(columns.length)
  }
  return { columns, offsets }
}
