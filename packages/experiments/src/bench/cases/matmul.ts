import { matmul, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { checkProduct, type Layout, layouts, operationsOf, type ProductSize, shapesOf } from './product.ts'

/** The two products of an attention with 64 heads in all, of 128 tokens and 64 features. */
const batches: readonly ProductSize[] = [
  { batch: 64, rows: 128, inner: 64, columns: 128 },
  { batch: 64, rows: 128, inner: 128, columns: 64 },
]

const cube = (size: number): ProductSize => ({ rows: size, columns: size, inner: size })
const sizes: readonly ProductSize[] = [...[64, 127, 256, 512, 513, 1024].map(cube), ...batches]

/** Matrix products in every layout. */
export function matmulGroup(quick: boolean): Group {
  return {
    ...groupOf(quick ? sizes.filter((size) => operationsOf(size) < 1e8) : sizes),
    comparedBy: ({ row, column }) => (comparedRows.has(row) ? [row, column] : [row]),
  }
}

/** Those that are compared on WebGPU, each with its other layouts. */
export function deviceMatmulGroup(quick: boolean): Group {
  const chosen = quick ? [cube(127)] : [...[512, 513, 1024].map(cube), ...batches]
  return { ...groupOf(chosen), comparedBy: ({ row }) => [row] }
}

function groupOf(sizes: readonly ProductSize[]): Group {
  return {
    name: 'matmul',
    title: 'Products of two matrices; N: as it lies in memory, T: read transposed',
    unit: 'GFLOP/s',
    cases: sizes.flatMap((size) => (Object.keys(layouts) as Layout[]).map((layout) => matmulCase(size, layout))),
  }
}

const rowOf = ({ rows, inner, columns, batch }: ProductSize): string =>
  `${batch ? `${batch} × ` : ''}[${rows}, ${inner}] · [${inner}, ${columns}]`

/** Layouts of every size are compared, and these sizes in every layout. */
const comparedRows: ReadonlySet<string> = new Set(
  sizes.filter(({ rows, batch }) => batch || [127, 512, 513].includes(rows)).map(rowOf),
)

function matmulCase(size: ProductSize, layout: Layout): Case {
  const { rows, inner, columns, batch } = size
  const shapes = shapesOf(size, layout)
  const operands = () => [numbers((batch ?? 1) * rows * inner, 1), numbers((batch ?? 1) * inner * columns, 2)] as const
  return {
    row: rowOf(size),
    column: layout,
    work: operationsOf(size),
    call: {
      op: 'matmul',
      async make() {
        const inputs = operands().map((data, place) => ({ shape: shapes[place]!, data }))
        return { parameters: layouts[layout], inputs }
      },
    },
    async prepare(backend) {
      const [x, y] = operands().map((data, place) => tensor(data, { shape: shapes[place]!, backend }))
      return {
        async results() {
          using product = matmul(x!, y!, layouts[layout])
          return [await product.data()]
        },
        run: () => matmul(x!, y!, layouts[layout]).dispose(),
        [Symbol.dispose]() {
          x!.dispose()
          y!.dispose()
        },
      }
    },
    async verifier() {
      const given = operands()
      return ([product]) => checkProduct(product!, size, layout, given)
    },
  }
}
