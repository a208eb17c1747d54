import {
  attention,
  crossEntropy,
  dropout,
  embedding,
  gelu,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  max,
  maxOver,
  openBackend,
  softmax,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkpoint, grad, valueAndGrad } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

/** Numbers in -1..1 that f16 holds. */
function some(...shape: number[]): Tensor {
  const size = shape.reduce((count, length) => count * length, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.round(Math.sin(1 + 1.7 * i + size) * 512) / 512),
  ).reshape(shape)
}

const ids = () => tensor([2, 0, 2, 4], { dtype: 'i32' })

/** What transformers are made of: inputs, and a function of them, all of one type. */
const trials: { readonly [name: string]: readonly [shapes: number[][], fn: (...x: Tensor[]) => Tensor] } = {
  'broadcast arithmetic': [
    [[3, 4], [4], [3, 1]],
    (a, b, c) =>
      a
        .mul(b)
        .add(c.div(a.mul(a).add(1)))
        .sub(0.5),
  ],
  'tanh, exp and sqrt': [[[7]], (x) => x.tanh().mul(x.exp()).add(x.mul(x).add(1).sqrt())],
  'max and maxOver': [
    [
      [3, 5],
      [3, 5],
    ],
    (a, b) => max(a, b.neg()).add(maxOver(a, { axis: 1, keepDims: true })),
  ],
  'slices, borders and joins': [
    [[3, 5]],
    (x) =>
      x
        .slice([1], [3])
        .pad({ before: [1, 0] })
        .permute([1, 0])
        .gather(ids()),
  ],
  matmul: [
    [
      [2, 3, 4],
      [4, 5],
    ],
    (a, b) => matmul(a, b),
  ],
  linear: [[[2, 3, 4], [5, 4], [5]], (x, w, b) => linear(x, w, b)],
  softmax: [[[3, 6]], (x) => softmax(x).add(logSoftmax(x))],
  gelu: [[[9]], (x) => gelu(x)],
  layerNorm: [[[3, 8], [8], [8]], (x, gamma, beta) => layerNorm(x, gamma, beta)],
  attention: [
    [
      [1, 2, 3, 4],
      [1, 2, 5, 4],
      [1, 2, 5, 4],
    ],
    (q, k, v) => attention(q, k, v, { dropout: { key: [1, 2], rate: 0.2 } }),
  ],
  embedding: [[[5, 3]], (table) => dropout(embedding(table, ids()), { key: [1, 2], rate: 0.3 })],
  crossEntropy: [[[4, 5]], (logits) => crossEntropy(logits, ids(), { labelSmoothing: 0.1 })],
  'a checkpoint': [
    [
      [3, 4],
      [5, 4],
    ],
    (x, w) => checkpoint(([a, b]) => gelu(linear(a, b)), [x, w]),
  ],
}

describe('gradients through f16 are those of f32, to its rounding', () => {
  for (const [name, [shapes, fn]] of Object.entries(trials)) {
    test(name, async () => {
      const inputs = shapes.map((shape) => some(...shape))
      const lossIn = (dtype: 'f32' | 'f16') => (given: readonly Tensor[]) => {
        const made = fn(...given.map((x) => x.cast(dtype)))
        expect(made.dtype).toBe(name === 'crossEntropy' ? 'f32' : dtype)
        const wide = made.cast('f32')
        return wide.mul(some(...wide.shape)).sum()
      }
      const half = valueAndGrad(lossIn('f16'), inputs)
      const full = valueAndGrad(lossIn('f32'), inputs)
      for (const [place, gradient] of [half.value, ...half.gradients].entries()) {
        const expected = [...(await [full.value, ...full.gradients][place]!.data())]
        expect(gradient.dtype).toBe('f32')
        const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0.1)
        const actual = await gradient.data()
        // A dozen operations one after the other, each of which rounds by 2⁻¹¹.
        expected.forEach((x, i) => expect(Math.abs(actual[i]! - x)).toBeLessThan(12 * 2 ** -11 * largest))
      }
    })
  }
})

test('the gradient of an f16 is f16, and 0 where nothing depends on it', async () => {
  const [x, y] = [tensor([1, 2], { dtype: 'f16' }), tensor([3], { dtype: 'f16' })]
  const [dx, dy] = grad(([a]) => a.mul(a).cast('f32').sum(), [x, y] as const)
  expect([dx.dtype, dy.dtype]).toEqual(['f16', 'f16'])
  expect(await dx.cast('f32').data()).toEqual(Float32Array.of(2, 4))
  expect(await dy.item()).toBe(0)
})
