import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { builds, closeBackends, compare, expectSame, numbers, on } from '../../test/backends.ts'
import { type DType, type Shape, sizeOf, type Tensor, tensor } from '../index.ts'

afterAll(closeBackends)

function values(shape: Shape, dtype: DType): Tensor {
  const size = sizeOf(shape)
  const whole = Array.from({ length: size }, (_, i) => (i + 1) * 2654435761)
  const data = dtype === 'f32' ? numbers(size) : dtype === 'i32' ? Int32Array.from(whole) : Uint32Array.from(whole)
  return tensor(data, { shape, dtype })
}

const shapeAndAxes = fc
  .array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 })
  .chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.subarray([...shape.keys()]) }))

test.each(['f32', 'i32', 'u32'] as const)('the largest %s over any axes is the one of the reference', async (dtype) => {
  await fc.assert(
    fc.asyncProperty(shapeAndAxes, ({ shape, axis }) => expectSame(() => [values(shape, dtype).maxOver({ axis })])),
    { numRuns: 150 },
  )
})

test.each(['i32', 'u32'] as const)('sums of %s over any axes wrap', async (dtype) => {
  await fc.assert(
    fc.asyncProperty(shapeAndAxes, ({ shape, axis }) =>
      // The reference adds in f64, which is exact below 2⁵³.
      expectSame(() => [values(shape.slice(0, 4), dtype).sum({ axis: axis.filter((each) => each < 4) })]),
    ),
    { numRuns: 100 },
  )
})

/** Both round a sum in f64 once, but add in different orders, by which f64 may differ by n · 2⁻⁵³ Σ |x|. */
function expectSums(actual: ArrayLike<number>, expected: ArrayLike<number>, terms: number): void {
  for (let i = 0; i < expected.length; i++) {
    const allowed = 2 ** -23 * Math.abs(expected[i]!) + terms * terms * 2 ** -53
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(allowed)
  }
}

test('sums of f32 over any axes are rounded once', async () => {
  await fc.assert(
    fc.asyncProperty(shapeAndAxes, ({ shape, axis }) =>
      compare(
        () => [values(shape, 'f32').sum({ axis })],
        ([actual], [expected]) => expectSums(actual!, expected!, sizeOf(shape)),
      ),
    ),
    { numRuns: 150 },
  )
})

test.each([
  [[1000, 33], 0],
  [[3, 1000, 17], 1],
  [[5, 1003], 1],
  [
    [70, 50, 3],
    [0, 2],
  ],
  [
    [64, 48],
    [0, 1],
  ],
] as const)('a long sum of %o over %o is rounded once', async (shape, axis) => {
  await compare(
    () => [values(shape, 'f32').sum({ axis })],
    ([actual], [expected]) => expectSums(actual!, expected!, sizeOf(shape)),
  )
})

test('a sum of many small numbers on a large one loses none of them', async () => {
  const data = new Float32Array(100_001).fill(2 ** -24)
  data[0] = 1
  for (const [, backend] of builds) {
    const [total] = await on(backend, () => [tensor(data).sum()])
    expect(total![0]).toBe(Math.fround(1 + 100_000 * 2 ** -24))
  }
})

test('sums over nothing are 0, and the largest of what has a NaN is NaN', async () => {
  await expectSame(() => [
    tensor([], { shape: [3, 0] }).sum({ axis: 1 }),
    tensor([], { shape: [0, 5] }).sum({ axis: 0 }),
  ])
  for (let place = 0; place < 37; place++) {
    const data = numbers(37)
    data[place] = Number.NaN
    await expectSame(() => [
      tensor(data).maxOver(),
      tensor(data, { shape: [37, 1] })
        .expand([37, 5])
        .maxOver({ axis: 0 }),
    ])
  }
})
