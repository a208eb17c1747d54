import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { builds, closeBackends, expectSame, numbers, on } from '../../test/backends.ts'
import { apply, composites, gather, type Shape, scatterAdd, sizeOf, type Tensor, tensor } from '../index.ts'

afterAll(closeBackends)

/** An axis of a shape, ids around its places, and their shape. */
const indexed = fc
  .record({
    before: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
    size: fc.integer({ min: 1, max: 6 }),
    after: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 2 }),
    idShape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
  })
  .chain((drawn) =>
    fc.record({
      drawn: fc.constant(drawn),
      ids: fc.array(fc.integer({ min: -3, max: 9 }), {
        minLength: sizeOf(drawn.idShape),
        maxLength: sizeOf(drawn.idShape),
      }),
    }),
  )

function idsOf(list: readonly number[], shape: Shape): Tensor {
  return tensor(Int32Array.from(list), { shape })
}

test('gather takes rows of any type along any axis, ids outside moved to the ends', async () => {
  await fc.assert(
    fc.asyncProperty(indexed, fc.constantFrom('f32', 'f16', 'u8', 'i32'), ({ drawn, ids }, dtype) => {
      const { before, size, after, idShape } = drawn
      const shape = [...before, size, ...after]
      return expectSame(() => {
        const x = tensor(
          numbers(sizeOf(shape)).map((each) => Math.round(each * 100)),
          { shape },
        ).cast(dtype)
        return [gather(x, idsOf(ids, idShape), { axis: before.length })]
      })
    }),
    { numRuns: 150 },
  )
})

test('scatterAdd of i32 adds rows along any axis, ids outside ignored', async () => {
  await fc.assert(
    fc.asyncProperty(indexed, ({ drawn: { before, size, after, idShape }, ids }) => {
      const shape = [...before, ...idShape, ...after]
      const updates = Int32Array.from({ length: sizeOf(shape) }, (_, i) => (i + 1) * 2654435761)
      return expectSame(() => [
        scatterAdd(tensor(updates, { shape }), idsOf(ids, idShape), { axis: before.length, size }),
      ])
    }),
    { numRuns: 150 },
  )
})

test('scatterAdd of f32 adds in the order of the ids, one rounding each', async () => {
  for (const length of [1, 3, 4, 5, 16, 19]) {
    const [count, size] = [200, 7]
    const updates = numbers(count * length)
    const ids = Int32Array.from({ length: count }, (_, i) => ((i * i) % 9) - 1)
    const expected = new Float32Array(size * length)
    ids.forEach((id, row) => {
      if (id < 0 || id >= size) return
      for (let i = 0; i < length; i++) expected[id * length + i]! += updates[row * length + i]!
    })
    for (const [, backend] of builds) {
      const [actual] = await on(backend, () => [
        scatterAdd(tensor(updates, { shape: [count, length] }), tensor(ids), { size }),
      ])
      expect(actual).toEqual(expected)
    }
  }
})

test('embeddingGrad leaves the row of the padding index at zero', async () => {
  const ids = Int32Array.of(2, 0, 1, 2, 1, 0)
  for (const [, backend] of builds) {
    const [table] = await on(backend, () =>
      apply(composites.embeddingGrad, [tensor(numbers(18), { shape: [6, 3] }), tensor(ids)], {
        rows: 4,
        paddingIndex: 1,
      }),
    )
    expect([...table!.slice(3, 6), ...table!.slice(9)]).toEqual([0, 0, 0, 0, 0, 0])
    expect(table!.slice(0, 3).every((x) => x !== 0)).toBe(true)
  }
})
