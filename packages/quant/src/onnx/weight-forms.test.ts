import { Bilinear, Embedding, Linear, Module } from '@tlc/nn'
import { key, normal, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readGraph } from '../../test/read-onnx.ts'
import { hasOnnxRuntime, runOnnx } from '../../test/run-onnx.ts'
import { type Granularity, type GridName, type QuantizeOptions, quantizeModel, useArtefact } from '../index.ts'
import { exportOnnx, type OnnxInput } from './export-onnx.ts'
import type { WeightForm } from './row.ts'

const backend = await openBackend('reference')
beforeAll(() => useBackend(backend))
afterAll(() => backend.close())

/** A product and a table with one weight, in which one row is all alike and one group all 0. */
class Tied extends Module {
  readonly table: Embedding
  readonly product: Linear

  constructor(rows: number, size: number) {
    super()
    this.table = new Embedding({ count: rows, size, key: key(1), initialize: unevenly })
    this.product = new Linear({ weight: this.table.weight })
  }

  forward(x: Tensor, ids: Tensor): { product: Tensor; rows: Tensor } {
    return { product: this.product.forward(x), rows: this.table.forward(ids) }
  }
}

function unevenly(_: unknown, shape: readonly number[]): Tensor {
  using inner = scope()
  const random = normal(key(2), shape)
  const rows = tensor(Array.from({ length: shape[0]! }, (_, row) => Number(row !== 1))).reshape([-1, 1])
  const columns = tensor(Array.from({ length: shape[1]! }, (_, column) => Number(column >= 16)))
  return inner.keep(random.mul(rows).add(rows.neg().add(1).mul(0.25)).mul(columns))
}

async function exported(model: Tied, size: number, options: QuantizeOptions, form: WeightForm) {
  const { artefact } = await quantizeModel(model, options)
  const inputs: { x: OnnxInput; ids: OnnxInput } = {
    x: { dtype: 'f32', shape: ['rows', 'more', size] },
    ids: { dtype: 'i32', shape: ['ids'] },
  }
  const file = await exportOnnx(model, { inputs, run: ({ x, ids }) => model.forward(x, ids), artefact, form })
  return { artefact, file }
}

const grid = fc.constantFrom<GridName>('minmax', 'zeroExact', 'symmetric')
const granularity = fc.constantFrom<Granularity>('tensor', 'row', { group: 16 }, { group: 32 }, { group: 24 })
const choice = fc.record({
  bits: fc.integer({ min: 2, max: 8 }),
  grid,
  granularity,
  form: fc.constantFrom<WeightForm>('qdq', 'nbits'),
  // Odd sizes, sizes that groups do not divide, and one row.
  size: fc.constantFrom(32, 33, 48, 5),
  rows: fc.constantFrom(1, 2, 7),
})

describe.skipIf(!hasOnnxRuntime)('a quantized weight in a graph', () => {
  it('stands for the decoded one, in products and in tables, whatever its grid, ranges and bits', () =>
    fc.assert(
      fc.asyncProperty(choice, async ({ form, size, rows, ...options }) => {
        using _case = scope()
        const model = new Tied(rows, size)
        const { artefact, file } = await exported(model, size, options, form)
        const x = normal(key(3), [2, 3, size])
        const ids = tensor([0, rows - 1, 0, -5, 99], { dtype: 'i32' })
        const actual = await runOnnx(file, { x, ids })
        using _quantized = useArtefact(model, artefact)
        const expected = model.forward(x, ids)
        // Δ (c - z) is rounded once as ours, and q₀ is added to what was rounded: 2 roundings of |q₀| and Δ 2^k, some 2.
        const decoded = await expected.rows.data()
        for (const [index, value] of decoded.entries()) {
          expect(Math.abs(actual.rows!.data[index]! - value)).toBeLessThan(2 ** -22 * 8)
        }
        // The same on each of `size` weights, and sums in another order, of products of numbers up to 4.
        for (const [index, value] of (await expected.product.data()).entries()) {
          expect(Math.abs(actual.product!.data[index]! - value)).toBeLessThan(1e-4)
        }
      }),
      { numRuns: 60 },
    ))

  it('is multiplied as whole numbers within half a step of the other operand', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          bits: fc.integer({ min: 2, max: 8 }),
          grid: fc.constantFrom<GridName>('zeroExact', 'symmetric'),
          granularity: fc.constantFrom<Granularity>('tensor', 'row'),
        }),
        async (options) => {
          using _case = scope()
          const model = new Tied(7, 40)
          const { artefact, file } = await exported(model, 40, options, 'dynamic')
          expect(readGraph(file).nodes.map(({ op }) => op)).toContain('MatMulInteger')
          const x = normal(key(4), [2, 3, 40])
          const ids = tensor([1], { dtype: 'i32' })
          const { product } = await runOnnx(file, { x, ids })
          using _quantized = useArtefact(model, artefact)
          const values = await x.data()
          // x̂ = Δ (xq - z) with Δ = (max(x, 0) - min(x, 0)) / 255 is within Δ/2 of x, so y within Δ/2 Σ |w|.
          const step = (Math.max(0, ...values) - Math.min(0, ...values)) / 255
          const bound = await model.product.weight.value
            .abs()
            .sum({ axis: 1 })
            .mul(step / 2)
            .data()
          const expected = await model.forward(x, ids).product.data()
          const differences = Array.from(expected, (y, index) => Math.abs(product!.data[index]! - y))
          for (const [index, difference] of differences.entries()) {
            expect(difference).toBeLessThanOrEqual(bound[index % 7]! + 1e-5)
          }
          expect(Math.max(...differences)).toBeGreaterThan(1e-4)
        },
      ),
      { numRuns: 20 },
    ))

  it('is written in the form asked for, where there is one, else decoded', async () => {
    const operators = async (options: QuantizeOptions, form: WeightForm): Promise<string[]> => {
      const { file } = await exported(new Tied(3, 32), 32, options, form)
      return readGraph(file).nodes.map(({ op }) => op)
    }
    const groups = { bits: 4, granularity: { group: 16 } } as const
    expect(await operators(groups, 'nbits')).toContain('MatMulNBits')
    expect(await operators(groups, 'nbits')).not.toContain('DequantizeLinear')
    expect(await operators({ bits: 8, granularity: { group: 16 }, grid: 'symmetric' }, 'nbits')).toContain(
      'MatMulNBits',
    )
    expect(await operators({ bits: 8, granularity: { group: 16 }, grid: 'minmax' }, 'nbits')).toContain(
      'DequantizeLinear',
    )
    expect(await operators({ bits: 4, granularity: 'row' }, 'nbits')).toContain('DequantizeLinear')
    expect(await operators(groups, 'qdq')).toContain('DequantizeLinear')
    expect(await operators({ bits: 8, grid: 'minmax' }, 'dynamic')).toContain('DequantizeLinear')
    expect(await operators({ bits: 8, grid: 'symmetric' }, 'dynamic')).toContain('DynamicQuantizeLinear')
  })

  it('takes half a byte for each code up to 4 bits', async () => {
    const bytes = async (bits: number): Promise<number> => {
      const model = new Tied(64, 256)
      const { artefact } = await quantizeModel(model, { bits })
      const x: OnnxInput = { dtype: 'f32', shape: ['rows', 256] }
      const run = ({ x }: { x: Tensor }) => ({ y: model.product.forward(x) })
      return (await exportOnnx(model, { inputs: { x }, run, artefact })).length
    }
    // And the lengths of what holds it, written with a byte less each.
    const saved = (await bytes(8)) - (await bytes(4)) - (64 * 256) / 2
    expect(saved).toBeGreaterThanOrEqual(0)
    expect(saved).toBeLessThan(8)
  })
})

it.each<Granularity>(['tensor', 'row', { group: 16 }])(
  'a weight of three axes is decoded, by %o',
  async (granularity) => {
    using _case = scope()
    const model = new Bilinear({ inputSizes: [3, 40], outputSize: 2, key: key(1) })
    const { artefact } = await quantizeModel(model, { bits: 4, granularity })
    const [a, b] = [normal(key(2), [5, 3]), normal(key(3), [5, 40])]
    const inputs: { a: OnnxInput; b: OnnxInput } = {
      a: { dtype: 'f32', shape: ['rows', 3] },
      b: { dtype: 'f32', shape: ['rows', 40] },
    }
    const file = await exportOnnx(model, { inputs, run: ({ a, b }) => ({ y: model.forward(a, b) }), artefact })
    const { y } = await runOnnx(file, { a, b })
    using _quantized = useArtefact(model, artefact)
    const expected = await model.forward(a, b).data()
    // Sums of 120 products of numbers near 1, in another order.
    for (const [index, value] of expected.entries()) expect(Math.abs(y!.data[index]! - value)).toBeLessThan(1e-5)
  },
)
