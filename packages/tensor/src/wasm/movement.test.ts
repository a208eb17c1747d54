import fc from 'fast-check'
import { afterAll, test } from 'vitest'
import { closeBackends, expectSame } from '../../test/backends.ts'
import { apply, type DType, type Shape, sizeOf, type Tensor, tensor } from '../index.ts'

afterAll(closeBackends)

/** One type for each size of an element. */
const dtype: fc.Arbitrary<DType> = fc.constantFrom('f32', 'f16', 'u8')

/** 0, 1, 2 … cut to the type: each element tells where it came from. */
function counting(shape: Shape, type: DType): Tensor {
  const list = Array.from({ length: sizeOf(shape) }, (_, i) => i)
  return tensor(type === 'f32' ? list : type === 'f16' ? Uint16Array.from(list) : Uint8Array.from(list), {
    shape,
    dtype: type,
  })
}

const shape = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 5 })

function property<T>(arbitrary: fc.Arbitrary<T>, run: (drawn: T, type: DType) => Tensor[]): Promise<void> {
  return fc.assert(
    fc.asyncProperty(arbitrary, dtype, (drawn, type) => expectSame(() => run(drawn, type))),
    { numRuns: 150 },
  )
}

test('permute puts axes in any order', () =>
  property(
    shape.chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        axes: fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length }),
      }),
    ),
    ({ sizes, axes }, type) => [counting(sizes, type).permute(axes)],
  ))

test.each([
  [
    [2, 20, 3, 8],
    [0, 2, 1, 3],
  ],
  [
    [2, 3, 20, 8],
    [0, 2, 1, 3],
  ],
  [
    [37, 53],
    [1, 0],
  ],
  [
    [3, 37, 53],
    [0, 2, 1],
  ],
  [
    [5, 16, 4],
    [2, 1, 0],
  ],
  [
    [4, 5, 33, 18],
    [3, 1, 0, 2],
  ],
])('permute of %o by %o', async (sizes, axes) => {
  for (const type of ['f32', 'f16', 'u8'] as const) await expectSame(() => [counting(sizes, type).permute(axes)])
})

test('expand repeats any axes', () =>
  property(
    shape.chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        kept: fc.array(fc.boolean(), { minLength: 5 }),
        left: fc.nat(sizes.length),
      }),
    ),
    ({ sizes, kept, left }, type) => {
      const from = sizes.map((size, axis) => (kept[axis] ? size : 1)).slice(left)
      return [counting(from, type).expand(sizes)]
    },
  ))

test('pad surrounds with a value, and slice takes any part', () =>
  property(
    fc.tuple(shape, fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 5, maxLength: 5 })),
    ([sizes, widths], type) => {
      const before = sizes.map((_, axis) => widths[axis]![0])
      const after = sizes.map((_, axis) => widths[axis]![1])
      const x = counting(sizes, type)
      const padded = apply('pad', [x], { before, after, value: type === 'f32' ? 3 : 0 })[0]!
      const end = padded.shape.map((size, axis) => Math.max(size - after[axis]!, before[axis]!))
      const half = before.map((first) => Math.floor(first / 2))
      return [padded, apply('slice', [padded], { start: half, end })[0]!]
    },
  ))

test('concat joins any number of tensors along any axis', () =>
  property(
    fc.tuple(
      shape.filter((sizes) => sizes.length > 0),
      fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
      fc.nat(4),
    ),
    ([sizes, lengths, anyAxis], type) => {
      const axis = anyAxis % sizes.length
      const parts = lengths.map((length) =>
        counting(
          sizes.map((size, a) => (a === axis ? length : size)),
          type,
        ),
      )
      return [apply('concat', parts, { axis })[0]!]
    },
  ))
