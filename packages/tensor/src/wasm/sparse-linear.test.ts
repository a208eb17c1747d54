import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type Backend, openBackend, sparseLinear, tensor } from '../index.ts'

const backends = await Promise.all([
  openBackend('wasm', { strict: true, threads: 1 }),
  openBackend('wasm', { threads: 2 }),
])

afterAll(() => Promise.all(backends.map((backend) => backend.close())))

interface Given {
  readonly rows: number
  readonly across: number
  readonly block: readonly [number, number]
  readonly blocks: number
  readonly columns: Int32Array
  readonly offsets: Int32Array
}

/** y of ones, and bias 0, where all memory around is NaN: one read outside of what was given, and y is NaN. */
async function amidNaN(backend: Backend, { rows, across, block, columns, offsets }: Given): Promise<Float32Array> {
  tensor(new Float32Array(2 ** 18).fill(Number.NaN), { backend }).dispose()
  const ones = (shape: readonly number[]) =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), { shape, backend })
  using x = ones([rows, across * block[1]])
  using values = ones([columns.length, ...block])
  using placed = tensor(columns, { backend })
  using started = tensor(offsets, { backend })
  using y = sparseLinear(x, { values, columns: placed, offsets: started })
  return (await y.data()) as Float32Array
}

const given: fc.Arbitrary<Given> = fc
  .record({ blocks: fc.integer({ min: 0, max: 40 }), down: fc.integer({ min: 1, max: 9 }) })
  .chain(({ blocks, down }) => {
    const index = fc.oneof(fc.integer({ min: -3, max: 45 }), fc.integer())
    const indices = (length: number) => fc.int32Array({ minLength: length, maxLength: length })
    const near = (length: number) =>
      fc.array(index, { minLength: length, maxLength: length }).map((each) => Int32Array.from(each))
    return fc.record({
      rows: fc.constantFrom(1, 2, 9, 33),
      across: fc.integer({ min: 1, max: 7 }),
      block: fc.constantFrom([1, 1] as const, [1, 4] as const, [4, 1] as const, [4, 4] as const, [3, 2] as const),
      blocks: fc.constant(blocks),
      columns: fc.oneof(near(blocks), indices(blocks)),
      offsets: fc.oneof(near(down + 1), indices(down + 1)),
    })
  })

test('whatever the columns and offsets, descending ones too, nothing but what was given is read', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (drawn) => {
      const [height, width] = drawn.block
      const offsets = drawn.offsets.map((offset) => Math.min(Math.max(offset, 0), drawn.blocks))
      // Each block of ones adds its width to each output of its row.
      const expected = Array.from({ length: (offsets.length - 1) * height }, (_, o) => {
        const row = Math.floor(o / height)
        return width * Math.max(offsets[row + 1]! - offsets[row]!, 0)
      })
      for (const backend of backends) {
        const y = await amidNaN(backend, drawn)
        expect([...y]).toEqual(Array.from({ length: drawn.rows }, () => expected).flat())
      }
    }),
  )
})
