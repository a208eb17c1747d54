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
    cases: shapes().flatMap(({ rows, block, down, across, kind = 'some' }) =>
      [true, false].flatMap((biased) => {
        const name = `${formatShape(rows)} rows, ${kind} of ${down} x ${across} blocks ${formatShape(block)}${biased ? '' : ' without a bias'}`
        const some = (draw: Draw, make: (shape: Shape) => Tensor): Tensor[] => {
          const { columns, offsets } = patterns[kind](down, across)
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
  /** 'some' by default */
  readonly kind?: keyof typeof patterns
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
    ...blocks.flatMap((each) => [[], [35]].map((some) => ({ ...each, rows: some, kind: 'misplaced' as const }))),
    { block: [1, 1], down: 6, across: 4, rows: [], kind: 'none' },
    { block: [4, 4], down: 2, across: 3, rows: [5], kind: 'none' },
    { block: [2, 3], down: 2, across: 0, rows: [3], kind: 'misplaced' },
    { block: [1, 1], down: 3, across: 4, rows: [0] },
    { block: [2, 2], down: 0, across: 4, rows: [3] },
    { block: [1, 1], down: 1, across: 5, rows: [4] },
  ]
}

interface Pattern {
  readonly columns: readonly number[]
  readonly offsets: readonly number[]
}

/** Which blocks a weight has. */
const patterns = { some, misplaced, none: (down: number) => ({ columns: [], offsets: new Array(down + 1).fill(0) }) }

/** Rows of blocks with a few blocks, with all, and (the second) with none. */
function some(down: number, across: number): Pattern {
  const columns: number[] = []
  const offsets = [0]
  for (let i = 0; i < down; i++) {
    for (let j = 0; j < across; j++) if (i !== 1 && (i % 5 === 2 || (7 * i + 5 * j) % 4 === 0)) columns.push(j)
    offsets.push(columns.length)
  }
  return { columns, offsets }
}

/** Columns left and right of the matrix, offsets below 0 and beyond the blocks. */
function misplaced(down: number, across: number): Pattern {
  const { columns, offsets } = some(down, Math.max(across, 7))
  const far = 2 ** 31 - 1
  const astray = [-1, across, -far - 1, far]
  return {
    columns: columns.map((column, k) => (k % 3 === 0 ? astray[(k / 3) % 4]! : column)),
    offsets: offsets.map((offset, i) => (i === 0 ? -5 : i >= down - 1 ? far : offset)),
  }
}
