import { matmul, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { checkProduct, type Layout, layouts, operationsOf, type ProductSize, shapesOf } from './product.ts'

interface TargetedSize extends ProductSize {
  readonly target?: number
}

const sizes: readonly TargetedSize[] = [
  cube(64),
  { ...cube(127), target: 15 },
  cube(256),
  { ...cube(512), target: 25 },
  cube(513),
  cube(1024),
  // The two products of an attention with 64 heads in all, of 128 tokens and 64 features.
  { batch: 64, rows: 128, inner: 64, columns: 128, target: 15 },
  { batch: 64, rows: 128, inner: 128, columns: 64, target: 15 },
]

/** Matrix products in every layout. */
export function matmulGroup(quick: boolean): Group {
  const chosen = quick ? sizes.filter((size) => operationsOf(size) < 1e8) : sizes
  const columns = Object.keys(layouts) as Layout[]
  return {
    name: 'matmul',
    title: 'Products of two matrices; N: as it lies in memory, T: read transposed',
    unit: 'GFLOP/s',
    columns,
    cases: chosen.flatMap((size) => columns.map((layout) => matmulCase(size, layout))),
  }
}

function cube(size: number): ProductSize {
  return { rows: size, columns: size, inner: size }
}

function matmulCase(size: TargetedSize, layout: Layout): Case {
  const { rows, inner, columns, batch, target } = size
  return {
    row: `${batch ? `${batch} × ` : ''}[${rows}, ${inner}] · [${inner}, ${columns}]`,
    column: layout,
    work: operationsOf(size),
    ...(target && { target }),
    async prepare(backend) {
      const shapes = shapesOf(size, layout)
      const a = numbers((batch ?? 1) * rows * inner, 1)
      const b = numbers((batch ?? 1) * inner * columns, 2)
      const x = tensor(a, { shape: shapes[0], backend })
      const y = tensor(b, { shape: shapes[1], backend })
      using product = matmul(x, y, layouts[layout])
      return {
        check: checkProduct(await product.data(), size, layout, [a, b]),
        run: () => matmul(x, y, layouts[layout]).dispose(),
        [Symbol.dispose]() {
          x.dispose()
          y.dispose()
        },
      }
    },
  }
}
