import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { builds, closeBackends, expectSame, numbers, on } from '../../test/backends.ts'
import { apply, type DType, type Shape, sizeOf, type Tensor, type TypedArray, tensor } from '../index.ts'

afterAll(closeBackends)

const integers: readonly DType[] = ['i32', 'u32']

/** Numbers of a type, with the ends of its range and zeros among them. */
function values(shape: Shape, dtype: DType, seed: number): Tensor {
  const size = sizeOf(shape)
  const from = (make: (i: number) => number, kind: { from(source: Iterable<number>): TypedArray }): TypedArray =>
    kind.from(Array.from({ length: size }, (_, i) => make(i + seed)))
  const special = [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 7, -13]
  const data =
    dtype === 'f32'
      ? numbers(size, seed)
      : dtype === 'bool'
        ? from((i) => (i * 7) % 3 && 1, Uint8Array)
        : from((i) => (i % 3 ? special[i % 7]! : i * 2654435761), dtype === 'i32' ? Int32Array : Uint32Array)
  return tensor(data, { shape, dtype })
}

/** Shapes that broadcast to one: each axis kept or of size 1, leading ones left out. */
const broadcasting = (operands: number): fc.Arbitrary<Shape[]> =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 })
    .chain((shape) =>
      fc.tuple(
        ...Array.from({ length: operands }, () =>
          fc
            .tuple(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), fc.nat({ max: shape.length }))
            .map(([kept, left]) => shape.map((length, axis) => (kept[axis] ? length : 1)).slice(left)),
        ),
      ),
    )

const operations = [
  ...(['add', 'sub', 'mul', 'div', 'max', 'less', 'equal'] as const).flatMap((op) =>
    (['f32', 'i32', 'u32'] as const).map((dtype) => [op, dtype] as const),
  ),
  ['equal', 'bool'],
] as const

// One rounding of an exact result is the same however it is reached, so f32 is compared to the bit too.
test.each(operations)('%s of %s broadcasts as the reference does', async (op, dtype) => {
  await fc.assert(
    fc.asyncProperty(broadcasting(2), async ([a, b]) =>
      expectSame(() => apply(op, [values(a!, dtype, 1), values(b!, dtype, 5)], {})),
    ),
    { numRuns: 40 },
  )
})

test.each(['f32', ...integers, 'bool'] as const)('where of %s broadcasts as the reference does', async (dtype) => {
  await fc.assert(
    fc.asyncProperty(broadcasting(3), async ([condition, a, b]) =>
      expectSame(() => apply('where', [values(condition!, 'bool', 0), values(a!, dtype, 1), values(b!, dtype, 5)], {})),
    ),
    { numRuns: 40 },
  )
})

test.each([
  ['rows of every length', Array.from({ length: 40 }, (_, n) => [[3, n], [n]] as const)],
  [
    'columns',
    Array.from(
      { length: 20 },
      (_, n) =>
        [
          [n, 7],
          [n, 1],
        ] as const,
    ),
  ],
  ['a scalar on the left', Array.from({ length: 20 }, (_, n) => [[], [n]] as const)],
])('sub and less of %s', async (_, shapes) => {
  for (const [a, b] of shapes) {
    await expectSame(() => [
      values(a, 'f32', 1).sub(values(b, 'f32', 2)),
      values(a, 'f32', 1).less(values(b, 'f32', 2)),
    ])
  }
})

test('integers wrap, divide toward zero, and by zero give 0', async () => {
  const [a, b] = [
    [-(2 ** 31), 2 ** 31 - 1, -7, 7, -(2 ** 31)],
    [-1, 1, 2, 0, 0],
  ]
  const as = (list: readonly number[]): Tensor => tensor(Int32Array.from(list))
  for (const [, backend] of builds) {
    const [quotient, total, product] = await on(backend, () => [
      as(a!).div(as(b!)),
      as(a!).add(as(b!)),
      as(a!).mul(as(b!)),
    ])
    expect([...quotient!]).toEqual([-(2 ** 31), 2 ** 31 - 1, -3, 0, 0])
    expect([...total!]).toEqual([2 ** 31 - 1, -(2 ** 31), -5, 7, -(2 ** 31)])
    expect([...product!]).toEqual([-(2 ** 31), 2 ** 31 - 1, -14, 0, 0])
  }
})
