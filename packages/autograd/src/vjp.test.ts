import {
  type Backend,
  type CreateOptions,
  concat,
  cos,
  equal,
  gather,
  key,
  less,
  matmul,
  max,
  normal,
  openBackend,
  type Primitive,
  permute,
  range,
  round,
  type Shape,
  scatterAdd,
  type Tensor,
  tensor,
  uniform,
  useBackend,
  where,
} from '@tlc/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { grad, gradcheck } from './index.ts'

// In float64 only the four-point formula is off, by about step⁴ = 4e-9, and the constants of the rules, by 2⁻²⁴.
const float64 = { step: 2 ** -7, tolerance: 1e-6, noise: 2 ** -40 }

let truth: Backend
let wasm: Backend
beforeAll(async () => {
  truth = await openBackend('reference', { precision: 'float64' })
  wasm = await openBackend('wasm')
})
beforeEach(() => useBackend(truth))
afterAll(() => wasm.close())

/** A function that is smooth around its inputs, in which one primitive does the work. */
interface Trial {
  readonly inputs: () => readonly Tensor[]
  readonly fn: (...inputs: Tensor[]) => Tensor
}

const some =
  (...shapes: Shape[]) =>
  () =>
    shapes.map((shape, place) => normal(key(place + 1), shape))
const positive =
  (...shapes: Shape[]) =>
  () =>
    shapes.map((shape, place) => uniform(key(place + 1), shape).add(0.5))
const ids = (values: number[][] | number[], options: CreateOptions = { dtype: 'i32' }): Tensor =>
  tensor(values, options)

/** Numbers a good step away from each other, in no order. */
const apart = (shape: Shape): Tensor => {
  const size = shape.reduce((count, length) => count * length, 1)
  return tensor(Float32Array.from({ length: size }, (_, i) => ((i * 7) % size) / 2 - size / 4)).reshape(shape)
}

const trials: { readonly [P in Primitive]: readonly Trial[] } = {
  neg: [{ inputs: some([5]), fn: (x) => x.neg() }],
  exp: [{ inputs: some([5]), fn: (x) => x.exp() }],
  log: [{ inputs: positive([5]), fn: (x) => x.log() }],
  sqrt: [{ inputs: positive([5]), fn: (x) => x.sqrt() }],
  sin: [{ inputs: some([5]), fn: (x) => x.sin() }],
  cos: [{ inputs: some([5]), fn: (x) => cos(x) }],
  tanh: [{ inputs: some([5]), fn: (x) => x.tanh() }],
  erf: [{ inputs: some([5]), fn: (x) => x.erf() }],
  round: [],
  // Through the storage of an f16 and back a function has steps; through f32 there is nothing to check but the rule.
  cast: [],
  add: broadcasting((a, b) => a.add(b)),
  sub: broadcasting((a, b) => a.sub(b)),
  mul: broadcasting((a, b) => a.mul(b)),
  div: [
    { inputs: positive([2, 3], [2, 3]), fn: (a, b) => a.div(b) },
    { inputs: positive([4, 1, 3], [2, 1]), fn: (a, b) => a.div(b) },
  ],
  max: [
    { inputs: () => [apart([3, 4]), apart([3, 4]).neg().add(0.25)], fn: (a, b) => max(a, b) },
    { inputs: () => [apart([3, 4]), tensor([0.25, -0.75, 1.25, 0.25])], fn: (a, b) => max(a, b) },
  ],
  less: [],
  equal: [],
  where: [
    {
      inputs: some([2, 3], [3], []),
      fn: (a, b, c) => where(ids([1, 0, 1]).cast('bool'), a.mul(b), where(ids([[0], [1]]).cast('bool'), c, b)),
    },
  ],
  sum: [
    { inputs: some([2, 3, 4]), fn: (x) => x.sum({ axis: [0, 2] }).exp() },
    { inputs: some([2, 3, 4]), fn: (x) => x.sum({ axis: 1, keepDims: true }).mul(x) },
    { inputs: some([]), fn: (x) => x.sum().exp() },
  ],
  maxOver: [
    { inputs: () => [apart([3, 5])], fn: (x) => x.maxOver({ axis: 0 }).mul(x) },
    { inputs: () => [apart([3, 5])], fn: (x) => x.maxOver({ axis: 1, keepDims: true }).mul(x) },
    { inputs: () => [apart([2, 3, 2])], fn: (x) => x.maxOver().exp() },
  ],
  matmul: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({
        inputs: some(transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]),
        fn: (a: Tensor, b: Tensor) => matmul(a, b, { transposeA, transposeB }),
      })),
    ),
    ...[false, true].map((transposed) => ({
      inputs: some([2, 1, 3, 3], [5, 3, 3]),
      fn: (a: Tensor, b: Tensor) => matmul(a, b, { transposeA: transposed, transposeB: !transposed }),
    })),
    { inputs: some([3, 3], [2, 3, 3]), fn: (a, b) => matmul(a, b, { transposeA: true, transposeB: true }) },
  ],
  reshape: [{ inputs: some([2, 6]), fn: (x) => x.reshape([3, 4]).mul(x.reshape([3, 4])) }],
  permute: [{ inputs: some([2, 3, 4]), fn: (x) => permute(x, [1, 2, 0]).exp() }],
  expand: [{ inputs: some([3, 1]), fn: (x) => x.expand([2, 3, 4]).mul(x) }],
  pad: [{ inputs: some([2, 3]), fn: (x) => x.pad({ before: [1, 0], after: [0, 2], value: 3 }).exp() }],
  slice: [{ inputs: some([4, 5]), fn: (x) => x.slice([1, 0], [3, 4]).exp() }],
  concat: [{ inputs: some([2, 3], [2, 1], [2, 2]), fn: (a, b, c) => concat([a, b, c, a], { axis: 1 }).exp() }],
  gather: [
    { inputs: some([5, 3]), fn: (x) => gather(x, ids([4, 0, 4, 9, -3])).exp() },
    {
      inputs: some([2, 5, 3]),
      fn: (x) =>
        gather(
          x,
          ids([
            [4, 0],
            [1, 1],
          ]),
          { axis: 1 },
        ).exp(),
    },
  ],
  scatterAdd: [
    { inputs: some([5, 3]), fn: (x) => scatterAdd(x, ids([2, 0, 2, 9, -1]), { size: 4 }).exp() },
    {
      inputs: some([2, 2, 2, 3]),
      fn: (x) =>
        scatterAdd(
          x,
          ids([
            [1, 0],
            [1, 5],
          ]),
          { axis: 1, size: 3 },
        ).exp(),
    },
  ],
  randomBits: [],
}

function broadcasting(fn: (a: Tensor, b: Tensor) => Tensor): readonly Trial[] {
  return [some([2, 3], [2, 3]), some([4, 1, 3], [2, 1]), some([], [2, 3]), some([2, 3], [1])].map((inputs) => ({
    inputs,
    fn,
  }))
}

describe('the derivative of each primitive', () => {
  for (const [name, list] of Object.entries(trials)) {
    for (const [place, { inputs, fn }] of list.entries()) {
      it(`${name} ${place + 1} is confirmed by differences, and so is its own derivative`, async () => {
        await gradcheck((given) => fn(...given), inputs(), { ...float64, name })
        // A linear function is squared, that its gradient may change.
        await gradcheck((given) => fn(...given).square(), inputs(), { ...float64, name, order: 2 })
      })

      it(`${name} ${place + 1} is confirmed in float32 on wasm`, async () => {
        useBackend(wasm)
        // Half the usual step, with which no order of the largest changes.
        await gradcheck((given) => fn(...given), inputs(), { name, step: 2 ** -6 })
      })
    }
  }
})

describe('where there is a choice', () => {
  const gradient = async (fn: (x: Tensor) => Tensor, x: Tensor): Promise<number[]> => [
    ...(await grad(([y]) => fn(y).sum(), [x])[0].data()),
  ]

  it('steps have the gradient 0', async () => {
    const x = tensor([-0.5, 0.2, 1])
    expect(await gradient((y) => round(y).mul(y), x)).toEqual([-0, 0, 1])
    expect(await gradient((y) => less(y, 0.5).cast('f32').mul(2), x)).toEqual([0, 0, 0])
    expect(await gradient((y) => equal(y, 1).cast('f32').mul(y), x)).toEqual([0, 0, 1])
    expect(await gradient((y) => y.cast('i32').cast('f32').mul(y), x)).toEqual([0, 0, 1])
  })

  it('a gradient passes through storage in 16 bits unrounded, and is rounded where they compute', async () => {
    const factor = 1 + 2 ** -20
    const x = tensor([factor, 3])
    expect(await gradient((y) => y.cast('bf16').cast('f32').mul(factor), x)).toEqual([factor, factor])
    expect(await gradient((y) => y.cast('f16').cast('f32').mul(factor), x)).toEqual([1, 1])
    const onWasm = tensor([factor, 3], { backend: wasm })
    expect(await gradient((y) => y.cast('f16').cast('f32').mul(factor), onWasm)).toEqual([factor, factor])
  })

  it('equal operands of max get half each', async () => {
    expect(await gradient((y) => max(y, tensor([0, 0, 0])), tensor([-1, 0, 1]))).toEqual([0, 0.5, 1])
    expect(await gradient((y) => max(tensor([0, 0, 0]), y), tensor([-1, 0, 1]))).toEqual([0, 0.5, 1])
  })

  it('equal maxima share', async () => {
    expect(
      await gradient(
        (y) => y.maxOver({ axis: 1 }),
        tensor([
          [2, 2, 1, 2],
          [1, 2, 3, 0],
        ]),
      ),
    ).toEqual([1 / 3, 1 / 3, 0, 1 / 3, 0, 0, 1, 0].map(Math.fround))
  })

  it('the branch of where that is not taken gives 0 whatever it holds', async () => {
    const x = tensor([0, 1, -1])
    expect(await gradient((y) => where(less(0, y), y, 0), x)).toEqual([0, 1, 0])
    const safe = (y: Tensor): Tensor => where(less(0, y), where(less(0, y), y, 1).log(), 0)
    expect(await gradient(safe, x)).toEqual([0, 1, 0])
  })

  it('the ends of the range are those of IEEE 754, as in PyTorch', async () => {
    expect(await gradient((y) => y.sqrt(), tensor([0, 4]))).toEqual([Number.POSITIVE_INFINITY, 0.25])
    expect(await gradient((y) => y.log(), tensor([0, 2]))).toEqual([Number.POSITIVE_INFINITY, 0.5])
    expect(await gradient((y) => y.tanh(), tensor([100, -100]))).toEqual([0, 0])
  })

  it('random words are constants', async () => {
    expect(await gradient((y) => uniform(key(1), [2]).mul(0).add(y), range(2))).toEqual([1, 1])
  })
})
