/**
 * GFLOP/s of matmul on the wasm backend in four layouts: `npm run bench:matmul [-- --strict] [-- --json]`.
 * Every product is checked in float64 before it is timed.
 */
import { parseArgs } from 'node:util'
import { matmul, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { environment, format, measure, numbers, type Rate } from './measure.ts'

interface Size {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly batch?: number
}

const sizes: readonly Size[] = [
  { rows: 64, columns: 64, inner: 64 },
  { rows: 127, columns: 127, inner: 127 },
  { rows: 256, columns: 256, inner: 256 },
  { rows: 512, columns: 512, inner: 512 },
  { rows: 513, columns: 513, inner: 513 },
  { rows: 1024, columns: 1024, inner: 1024 },
  { batch: 64, rows: 128, columns: 64, inner: 128 },
  { batch: 64, rows: 128, columns: 128, inner: 64 },
  // A layer of hidden size 256 on 2,048 tokens: forward and data gradient, weight gradient, vocabulary.
  { rows: 2048, columns: 256, inner: 256 },
  { rows: 2048, columns: 1024, inner: 256 },
  { rows: 256, columns: 1024, inner: 2048 },
  { rows: 307, columns: 8192, inner: 256 },
  { rows: 16, columns: 256, inner: 256 },
  { rows: 1, columns: 512, inner: 512 },
  { rows: 512, columns: 1, inner: 512 },
]

const layouts = { NN: [false, false], NT: [false, true], TN: [true, false], TT: [true, true] } as const
type Layout = keyof typeof layouts

/** Shape and steps between elements of a rows x columns matrix that lies transposed or not. */
function lay(rows: number, columns: number, transposed: boolean) {
  return transposed
    ? { shape: [columns, rows], rowStep: 1, columnStep: rows }
    : { shape: [rows, columns], rowStep: columns, columnStep: 1 }
}

/** Throws if one of 300 elements is further from its float64 value than f32 sums may be: inner · 2⁻²⁴ · Σ |a||b|. */
async function check(product: Tensor, size: Size, a: Float32Array, b: Float32Array, layout: Layout): Promise<void> {
  const { rows, columns, inner, batch = 1 } = size
  const left = lay(rows, inner, layouts[layout][0])
  const right = lay(inner, columns, layouts[layout][1])
  const actual = await product.data()
  for (let sample = 0; sample < 300; sample++) {
    const index = (sample * 7919) % (batch * rows * columns)
    const matrix = Math.floor(index / (rows * columns))
    const row = Math.floor(index / columns) % rows
    let total = 0
    let magnitude = 0
    for (let k = 0; k < inner; k++) {
      const x = a[matrix * rows * inner + row * left.rowStep + k * left.columnStep]!
      const y = b[matrix * inner * columns + k * right.rowStep + (index % columns) * right.columnStep]!
      total += x * y
      magnitude += Math.abs(x * y)
    }
    if (!(Math.abs(actual[index]! - total) <= (inner + 1) * 2 ** -24 * magnitude)) {
      throw new Error(`${describe(size)} ${layout}: element ${index} is ${actual[index]}, expected ${total}`)
    }
  }
}

function describe({ rows, columns, inner, batch }: Size): string {
  return `${batch ? `${batch} x ` : ''}[${rows} x ${inner}] [${inner} x ${columns}]`
}

async function measureCase(size: Size, layout: Layout): Promise<Rate> {
  const { rows, columns, inner, batch = 1 } = size
  const [transposeA, transposeB] = layouts[layout]
  const leading = size.batch ? [batch] : []
  const [a, b] = [numbers(batch * rows * inner, 1), numbers(batch * inner * columns, 2)]
  using x = tensor(a, { shape: [...leading, ...lay(rows, inner, transposeA).shape] })
  using y = tensor(b, { shape: [...leading, ...lay(inner, columns, transposeB).shape] })
  using product = matmul(x, y, { transposeA, transposeB })
  await check(product, size, a, b, layout)
  return measure(2 * batch * rows * columns * inner, () => matmul(x, y, { transposeA, transposeB }).dispose())
}

const { values } = parseArgs({ options: { strict: { type: 'boolean' }, json: { type: 'boolean' } } })
const backend = await openBackend('wasm', { strict: values.strict ?? false })
useBackend(backend)
const stamp = environment((backend as { build?: string }).build ?? 'unknown')
const results: (Size & { readonly layout: Layout; readonly gigaflops: Rate })[] = []
if (!values.json) console.log(`${JSON.stringify(stamp)}\nGFLOP/s, median (quartiles)`)
for (const size of sizes) {
  const cells: string[] = []
  for (const layout of Object.keys(layouts) as Layout[]) {
    const gigaflops = await measureCase(size, layout)
    results.push({ ...size, layout, gigaflops })
    cells.push(`${layout} ${format(gigaflops)}`.padEnd(18))
  }
  if (!values.json) console.log(describe(size).padEnd(28), cells.join(' '))
}
if (values.json) console.log(JSON.stringify({ environment: stamp, results }, null, 2))
await backend.close()
