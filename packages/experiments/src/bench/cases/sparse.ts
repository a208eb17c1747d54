import { type Backend, composites, type Tensor, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { type Arguments, compositeCase } from './composite.ts'

type Block = readonly [height: number, width: number]

const blocks: readonly Block[] = [
  [1, 1],
  [1, 4],
  [4, 1],
  [4, 4],
]
const sparsities = [0.5, 0.75, 0.9]

/** Rows of x whose products are compared with the truth, where there are more: a panel of them, and some. */
const checkedRows = 40

/** y = x Wᵀ with a weight of which a share of the blocks is 0, beside the dense product, for a batch and for one row. */
export function sparseGroup(quick: boolean): Group {
  const size = quick ? 256 : 1024
  return {
    name: 'sparse',
    title: `y = x Wᵀ, W [${size}, ${size}], a share of its blocks 0: milliseconds beside those of the dense product`,
    unit: 'ms',
    cases: [256, 1].flatMap((rows) =>
      blocks.flatMap((block) => [
        denseCase(rows, size, block),
        ...sparsities.map((sparsity) => sparseCase(rows, size, block, sparsity)),
      ]),
    ),
    comparedBy: ({ row }) => [row],
  }
}

const rowOf = (rows: number, size: number, [height, width]: Block): string =>
  `[${rows}, ${size}] → ${size}, blocks ${height} x ${width}`

function denseCase(rows: number, size: number, block: Block): Case {
  const inputs = (backend: Backend, given: number): readonly Tensor[] =>
    [given, size].map((count, place) => floats(backend, [count, size], place + 1))
  return compositeCase({
    row: rowOf(rows, size, block),
    column: 'dense',
    op: composites.linear,
    work: 1,
    ...timedAndChecked(rows, inputs),
  })
}

function sparseCase(rows: number, size: number, block: Block, sparsity: number): Case {
  const [height, width] = block
  const inputs = (backend: Backend, given: number): readonly Tensor[] => {
    const { columns, offsets } = pattern(size / height, size / width, sparsity)
    const integers = (data: readonly number[]): Tensor => tensor(Int32Array.from(data), { backend })
    const values = floats(backend, [columns.length, height, width], 2)
    return [floats(backend, [given, size], 1), values, integers(columns), integers(offsets)]
  }
  return compositeCase({
    row: rowOf(rows, size, block),
    column: `${100 * sparsity}%`,
    op: composites.sparseLinear,
    work: 1,
    ...timedAndChecked(rows, inputs),
  })
}

/** The truth is formed in float64 in JavaScript: of few rows only. */
function timedAndChecked(
  rows: number,
  inputs: (backend: Backend, rows: number) => readonly Tensor[],
): Arguments<object> & { readonly checked: Arguments<object> } {
  const of = (given: number): Arguments<object> => ({ parameters: {}, inputs: (backend) => inputs(backend, given) })
  return { ...of(rows), checked: of(Math.min(rows, checkedRows)) }
}

function floats(backend: Backend, shape: readonly number[], seed: number): Tensor {
  return tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape, backend },
  )
}

/** Blocks that are not 0, scattered without an order that a processor could learn, the same every time. */
function pattern(down: number, across: number, sparsity: number): { columns: number[]; offsets: number[] } {
  const columns: number[] = []
  const offsets = [0]
  let state = 1
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      // Numerical Recipes' linear congruential generator: its high bits are even enough to scatter by.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      if (state / 2 ** 32 >= sparsity) columns.push(column)
    }
    offsets.push(columns.length)
  }
  return { columns, offsets }
}
