import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withBackend } from '../context.ts'
import { apply, composites, openBackend, scatterAdd, tensor } from '../index.ts'
import type { WebgpuBackend } from './backend.ts'

let backend: WebgpuBackend

beforeAll(async () => {
  backend = (await openBackend('webgpu')) as WebgpuBackend
})
afterAll(() => backend.close())

interface Drawn {
  readonly outer: number
  readonly size: number
  readonly inner: number
  readonly ids: Int32Array
}

/** Numbers of many sizes, so that another order of sums has other bits. */
function numbers(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(1 + 1.7 * i) * 2 ** ((i * 7) % 23))
}

/** One rounding for each update, in the order of the ids. */
function expected({ outer, size, inner, ids }: Drawn, updates: Float32Array): Float32Array {
  const y = new Float32Array(outer * size * inner)
  for (let o = 0; o < outer; o++) {
    ids.forEach((id, place) => {
      if (id < 0 || id >= size) return
      for (let i = 0; i < inner; i++) {
        y[(o * size + id) * inner + i]! += updates[(o * ids.length + place) * inner + i]!
      }
    })
  }
  return y
}

async function expectSame(drawn: Drawn): Promise<void> {
  const { outer, size, inner, ids } = drawn
  const updates = numbers(outer * ids.length * inner)
  using y = withBackend(backend, () => {
    using given = tensor(updates, { shape: [outer, ids.length, inner] })
    using places = tensor(ids)
    return scatterAdd(given, places, { axis: 1, size })
  })
  const wanted = expected(drawn, updates)
  // The bits: -0 and 0 differ.
  expect(Buffer.from((await y.data()).buffer).equals(Buffer.from(wanted.buffer))).toBe(true)
}

const ids = (count: number, id: (place: number) => number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => id(i))

test('updates are added in the order of the ids, one rounding each; ids outside are nobody’s', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        outer: fc.integer({ min: 1, max: 2 }),
        size: fc.integer({ min: 1, max: 40 }),
        inner: fc.integer({ min: 1, max: 9 }),
        ids: fc
          .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -2, max: 44 }), fc.integer({ min: 1, max: 97 }))
          .map(([count, least, step]) => ids(count, (i) => least + ((i * i * step) % (1 + (step % 45))))),
      }),
      expectSame,
    ),
    { numRuns: 60 },
  )
})

test('so they are where all ids are equal, all different, or each far from its like', async () => {
  const shape = { outer: 1, inner: 4 }
  await expectSame({ ...shape, size: 3, ids: ids(2500, () => 1) })
  await expectSame({ ...shape, size: 2500, ids: ids(2500, (i) => (i * 77) % 2500) })
  await expectSame({ ...shape, size: 4097, ids: ids(5000, (i) => i % 4097) })
  await expectSame({ ...shape, size: 63, ids: ids(4096, (i) => (i % 64 === 63 ? 5 : i % 63)) })
})

test('so they are beyond the ids that are added at a time', async () => {
  await expectSame({ outer: 2, inner: 1, size: 50, ids: ids(70_000, (i) => ((i * i) % 61) - 5) })
})

test('the padding index gets nothing', async () => {
  using table = withBackend(backend, () => {
    using g = tensor(numbers(18), { shape: [6, 3] })
    using places = tensor(Int32Array.of(2, 0, 1, 2, 1, 0))
    return apply(composites.embeddingGrad, [g, places], { rows: 4, paddingIndex: 1 })[0]!
  })
  const data = await table.data()
  expect([...data.slice(3, 6), ...data.slice(9)]).toEqual([0, 0, 0, 0, 0, 0])
  expect(data.slice(0, 3).every((x) => x !== 0)).toBe(true)
})
