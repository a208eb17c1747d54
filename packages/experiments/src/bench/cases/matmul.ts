import { matmul, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { checkProduct, type Layout, layouts, operationsOf, type ProductSize, shapesOf } from './product.ts'

const sizes: readonly ProductSize[] = [
  ...[64, 127, 256, 512, 513, 1024].map((size) => ({ rows: size, columns: size, inner: size })),
  // The two products of an attention with 64 heads in all, of 128 tokens and 64 features.
  { batch: 64, rows: 128, inner: 64, columns: 128 },
  { batch: 64, rows: 128, inner: 128, columns: 64 },
]

/** Matrix products in every layout. */
export function matmulGroup(quick: boolean): Group {
  const chosen = quick ? sizes.filter((size) => operationsOf(size) < 1e8) : sizes
  return {
    name: 'matmul',
    title: 'Products of two matrices; N: as it lies in memory, T: read transposed',
    unit: 'GFLOP/s',
    cases: chosen.flatMap((size) => (Object.keys(layouts) as Layout[]).map((layout) => matmulCase(size, layout))),
    comparedBy: ({ row, column }) => (comparedRows.has(row) ? [row, column] : [row]),
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
