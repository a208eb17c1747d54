import {
  concat,
  gather,
  matmul,
  openBackend,
  type Primitive,
  pad,
  permute,
  type Shape,
  scatterAdd,
  sizeOf,
  slice,
  type Tensor,
  tensor,
  useBackend,
  where,
} from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { vjp } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

type Generate = fc.GeneratorValue
type LinearMap = (x: Tensor) => Tensor

// Small whole numbers: every sum and product here is exact in float32, so the two sides must be equal.
const number = (g: Generate): number => g(fc.integer, { min: -8, max: 8 })
const length = (g: Generate): number => g(fc.integer, { min: 0, max: 4 })
const shapeOf = (g: Generate, least = 0): Shape =>
  g(fc.array, fc.integer({ min: 0, max: 4 }), { minLength: least, maxLength: 4 })
const filled = (g: Generate, shape: Shape): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => number(g)),
    { shape },
  )
const ids = (g: Generate, shape: Shape, low: number, high: number): Tensor =>
  tensor(
    Int32Array.from({ length: sizeOf(shape) }, () => g(fc.integer, { min: low, max: high })),
    { shape },
  )
const axisOf = (g: Generate, shape: Shape): number => g(fc.integer, { min: 0, max: shape.length - 1 })
const some = <T>(g: Generate, ...choices: readonly T[]): T => g(fc.constantFrom, ...choices) as T

/** A shape that another broadcasts with: some sizes 1, some leading axes gone. */
const broadcastable = (g: Generate, shape: Shape): Shape =>
  shape.slice(g(fc.integer, { min: 0, max: shape.length })).map((each) => (some(g, true, false) ? 1 : each))

/** For each primitive that is linear in an input: a map with everything else drawn at random, and the shape it takes. */
const maps: { readonly [P in Primitive]?: (g: Generate) => [Shape, LinearMap] } = {
  neg: (g) => [shapeOf(g), (x) => x.neg()],
  cast: (g) => [shapeOf(g), (x) => x.cast(some(g, 'f16', 'bf16')).cast('f32')],
  add: (g) =>
    withBroadcasting(
      g,
      (x, other) => x.mul(2).add(x).add(other.mul(0)),
      (x, other) => other.mul(0).add(x),
    ),
  sub: (g) =>
    withBroadcasting(
      g,
      (x, other) => x.sub(other.mul(0)),
      (x, other) => other.mul(0).sub(x),
    ),
  mul: (g) =>
    withBroadcasting(
      g,
      (x, other) => x.mul(other),
      (x, other) => other.mul(x),
    ),
  div: (g) =>
    withBroadcasting(
      g,
      (x, other) => x.div(other.equal(0).cast('f32').add(1)),
      (x) => x.div(-4),
    ),
  where: (g) =>
    withBroadcasting(
      g,
      (x, other) => where(other.less(0), x, 0),
      (x, other) => where(other.less(0), 0, x),
    ),
  sum: (g) => {
    const shape = shapeOf(g)
    const axis = g(fc.subarray, [...shape.keys()])
    return [shape, (x) => x.sum({ axis, keepDims: axis.length % 2 === 0 })]
  },
  matmul: (g) => {
    const [rows, inner, columns, batch] = [length(g), length(g), length(g), shapeOf(g).slice(0, 2)]
    const [transposeA, transposeB, onTheLeft] = [some(g, true, false), some(g, true, false), some(g, true, false)]
    const a = [...broadcastable(g, batch), ...(transposeA ? [inner, rows] : [rows, inner])]
    const b = [...broadcastable(g, batch), ...(transposeB ? [columns, inner] : [inner, columns])]
    const other = filled(g, onTheLeft ? b : a)
    return onTheLeft
      ? [a, (x) => matmul(x, other, { transposeA, transposeB })]
      : [b, (x) => matmul(other, x, { transposeA, transposeB })]
  },
  reshape: (g) => {
    const shape = shapeOf(g)
    return [shape, (x) => x.reshape([...shape].reverse())]
  },
  permute: (g) => {
    const shape = shapeOf(g)
    const axes = g(fc.shuffledSubarray, [...shape.keys()], { minLength: shape.length })
    return [shape, (x) => permute(x, axes)]
  },
  expand: (g) => {
    const shape = shapeOf(g)
    return [broadcastable(g, shape), (x) => x.expand(shape)]
  },
  pad: (g) => {
    const shape = shapeOf(g)
    const [before, after] = [shape.map(() => length(g)), shape.map(() => length(g))]
    return [shape, (x) => pad(x, { before, after })]
  },
  slice: (g) => {
    const shape = shapeOf(g)
    const start = shape.map((size) => g(fc.integer, { min: 0, max: size }))
    const end = shape.map((size, axis) => g(fc.integer, { min: start[axis]!, max: size }))
    return [shape, (x) => slice(x, start, end)]
  },
  concat: (g) => {
    const shape = shapeOf(g, 1)
    const axis = axisOf(g, shape)
    return [shape, (x) => concat([x, x.neg(), x], { axis })]
  },
  gather: (g) => {
    const shape = shapeOf(g, 1).map((size) => size + 1)
    const axis = axisOf(g, shape)
    const places = ids(g, shapeOf(g).slice(0, 2), -2, shape[axis]! + 1)
    return [shape, (x) => gather(x, places, { axis })]
  },
  scatterAdd: (g) => {
    const [idsShape, before, after] = [shapeOf(g).slice(0, 2), shapeOf(g).slice(0, 1), shapeOf(g).slice(0, 1)]
    const size = length(g)
    const places = ids(g, idsShape, -2, size + 1)
    return [[...before, ...idsShape, ...after, 2], (x) => scatterAdd(x, places, { axis: before.length, size })]
  },
}

function withBroadcasting(
  g: Generate,
  ...choices: readonly ((x: Tensor, other: Tensor) => Tensor)[]
): [Shape, LinearMap] {
  const shape = shapeOf(g)
  const other = filled(g, broadcastable(g, shape))
  const map = some(g, ...choices)
  return [broadcastable(g, shape), (x) => map(x, other)]
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, each, i) => total + each * b[i]!, 0)

describe('the adjoint identity ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ holds for', () => {
  it.each(Object.entries(maps))('%s', async (_, draw) => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const [shape, map] = draw(g)
        const x = filled(g, shape)
        const { outputs, pull } = vjp((inputs) => [map(inputs[0]!)], [x])
        const y = filled(g, outputs[0]!.shape)
        const [adjoint] = pull([y])
        expect(dot(await outputs[0]!.data(), await y.data())).toBe(dot(await x.data(), await adjoint!.data()))
      }),
      { numRuns: 60 },
    )
  })
})
