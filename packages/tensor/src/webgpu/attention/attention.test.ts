import { afterAll, expect, test } from 'vitest'
import type { Backend } from '../../backend.ts'
import { withBackend } from '../../context.ts'
import { apply, composites, openBackend, type Shape, scope, type Tensor, tensor } from '../../index.ts'

/** What a GPU runs, and what a processor: here on whatever adapter there is. The truth is the formula in float64. */
const opened = {
  byBlocks: openBackend('webgpu', { workgroupMemory: true }),
  byRows: openBackend('webgpu', { workgroupMemory: false }),
  truth: openBackend('reference', { precision: 'float64' }),
} as const

afterAll(async () => {
  await Promise.all(Object.values(opened).map(async (backend) => (await backend).close()))
})

/** Numbers in -1..1, the same every time. */
function numbers(shape: Shape, first: number): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(first + 1.7 * i)),
    { shape },
  )
}

interface Sizes {
  readonly queries: number
  readonly keys: number
  readonly headSize: number
  readonly valueSize: number
  readonly bias?: Shape
  readonly rate?: number
}

/** y, ln Σ e^scores, dq, dk and dv. */
async function results(
  backend: Backend,
  { queries, keys, headSize, valueSize, bias, rate }: Sizes,
): Promise<Float32Array[]> {
  using _ = scope()
  const made = withBackend(backend, () => {
    const [q, k, v, g] = [
      numbers([2, 2, queries, headSize], 1),
      numbers([2, 2, keys, headSize], 2),
      numbers([2, 2, keys, valueSize], 3),
      numbers([2, 2, queries, valueSize], 4),
    ]
    const biases = bias ? [numbers(bias, 5).mul(3)] : []
    const parameters = {
      scale: 2 / Math.sqrt(headSize),
      ...(rate ? { dropout: { rate, key: [2020, 7] as const } } : {}),
    }
    const [y, logSumExp] = apply(composites.attention, [q!, k!, v!, ...biases], parameters)
    return [y!, logSumExp!, ...apply(composites.attentionGrad, [q!, k!, v!, y!, logSumExp!, g!, ...biases], parameters)]
  })
  return Promise.all(made.map((each) => each.data() as Promise<Float32Array>))
}

for (const sizes of [
  { queries: 1, keys: 1, headSize: 1, valueSize: 1 },
  { queries: 7, keys: 33, headSize: 8, valueSize: 8, bias: [1, 2, 1, 33] },
  { queries: 65, keys: 40, headSize: 32, valueSize: 32, rate: 0.1 },
  { queries: 34, keys: 31, headSize: 128, valueSize: 40, bias: [34, 31], rate: 0.3 },
  { queries: 33, keys: 70, headSize: 50, valueSize: 33 },
  { queries: 3, keys: 40, headSize: 132, valueSize: 16 },
] as const satisfies readonly Sizes[]) {
  const name = Object.entries(sizes).map(([what, size]) => `${what} ${size}`)
  test(`attention and its derivative, by blocks and by rows, are the formula: ${name.join(', ')}`, async () => {
    const expected = await results(await opened.truth, sizes)
    for (const backend of [opened.byBlocks, opened.byRows]) {
      const actual = await results(await backend, sizes)
      expected.forEach((values, output) => {
        // Sums of up to 132 products, some of them of e^x of such sums: f32 has some dozens of roundings of 2⁻²⁴ each.
        const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
        const error = actual[output]!.reduce((most, x, i) => Math.max(most, Math.abs(x - values[i]!)), 0)
        expect(error / largest, `output ${output}`).toBeLessThan(64 * 2 ** -24)
        expect(actual[output]!.every(Number.isFinite)).toBe(true)
      })
    }
    // llvmpipe compiles for up to a minute.
  }, 180_000)
}

test('keys that are hidden by -∞, the first ones too, count for nothing', async () => {
  for (const backend of [opened.byBlocks, opened.byRows]) {
    using _ = scope()
    const y = withBackend(await backend, () => {
      const [q, k] = [numbers([1, 1, 2, 4], 1), numbers([1, 1, 3, 4], 2)]
      const v = tensor([9, 9, 9, 9, 1, 2, 3, 4, 9, 9, 9, 9], { shape: [1, 1, 3, 4] })
      const bias = tensor([-Infinity, 0, -Infinity], { shape: [1, 1, 1, 3] })
      return apply(composites.attention, [q, k, v, bias], { scale: 1 })[0]!
    })
    expect([...(await y.data())]).toEqual([1, 2, 3, 4, 1, 2, 3, 4])
  }
})
