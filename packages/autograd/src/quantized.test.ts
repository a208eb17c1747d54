import {
  cast,
  key,
  linear,
  matmul,
  mul,
  normal,
  openBackend,
  quantizedLinear,
  sub,
  type Tensor,
  tensor,
  useBackend,
  weightOnlyLinear,
} from '@tlc/tensor'
import { beforeAll, expect, test } from 'vitest'
import { vjp } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference', { precision: 'float64' })))

const numbers = async (x: Tensor): Promise<number[]> => [...(await x.data())]

test('the derivative of a product of whole numbers goes straight through the rounding of x', async () => {
  const codes = tensor(Int8Array.of(1, -2, 3, 127, -127, 0), { shape: [2, 3], dtype: 'i8' })
  const scales = tensor([0.5, 0.25])
  const [x, bias, g] = [normal(key(1), [2, 2, 3]), normal(key(2), [2]), normal(key(3), [2, 2, 2])]
  const { pull } = vjp(([given, b]) => [quantizedLinear(given!, codes, scales, b!)], [x, bias])
  const [dx, dBias] = pull([g])
  const weight = mul(cast(codes, 'f32'), scales.reshape([2, 1]))
  expect(await numbers(dx!)).toEqual(await numbers(matmul(g, weight)))
  expect(await numbers(dBias!)).toEqual(await numbers(g.sum({ axis: [0, 1] })))
})

test('packed weights have the derivative of the weights that they stand for', async () => {
  const codes = tensor(Uint8Array.of(0, 15, 8, 255, 3, 100), { shape: [2, 3], dtype: 'u8' })
  const scales = tensor([0.5, 0.25, 2, 1, 4, 0.125], { shape: [2, 3] })
  const weight = mul(sub(cast(codes, 'f32'), 128), scales)
  const [x, g] = [normal(key(1), [4, 3]), normal(key(2), [4, 2])]
  const packed = vjp(([given]) => [weightOnlyLinear(given!, { codes, scales, bits: 8, group: 1 })], [x])
  const plain = vjp(([given]) => [linear(given!, weight)], [x])
  expect(await numbers(packed.pull([g])[0]!)).toEqual(await numbers(plain.pull([g])[0]!))
})
