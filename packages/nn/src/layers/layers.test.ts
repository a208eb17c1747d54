import { valueAndGrad } from '@tlc/autograd'
import { key, mul, openBackend, sum, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { causalBias } from '../attention-bias.ts'
import { Activation, type ActivationName } from './activation.ts'
import { Dropout } from './dropout.ts'
import { Embedding } from './embedding.ts'
import { Linear } from './linear.ts'
import { MultiHeadAttention } from './multi-head-attention.ts'
import { Sequential } from './sequential.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

describe('a forward pass', () => {
  const x = (): Tensor =>
    tensor(
      Float32Array.from({ length: 4000 }, (_, index) => 1 + (index % 7)),
      { shape: [40, 100] },
    )

  test('without a key is evaluation: dropout does nothing', async () => {
    const given = x()
    expect(new Dropout(0.5).forward(given)).toBe(given)
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1), dropoutRate: 0.5 })
    const sequence = tensor([
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    ])
    const evaluated = await attention.forward(sequence).data()
    expect(await attention.forward(sequence).data()).toEqual(evaluated)
    expect(await attention.forward(sequence, { key: key(2) }).data()).not.toEqual(evaluated)
  })

  test('with a key is training: half is dropped and the rest doubled, the same for the same key', async () => {
    const dropout = new Dropout(0.5)
    const given = x()
    const before = await given.data()
    const after = await dropout.forward(given, { key: key(1) }).data()
    after.forEach((y, index) => expect([0, 2 * before[index]!]).toContain(y))
    // 4000 draws of one half have a deviation of 0.8%; 3% is four of those, and the key is fixed.
    expect(Math.abs(after.filter((y) => y === 0).length / after.length - 0.5)).toBeLessThan(0.03)
    expect(await dropout.forward(given, { key: key(1) }).data()).toEqual(after)
    expect(await dropout.forward(given, { key: key(2) }).data()).not.toEqual(after)
  })

  test('of a sequence gives each layer a key of its own', async () => {
    const twice = new Sequential([new Dropout(0.5), new Dropout(0.5)])
    const kept = (await twice.forward(x(), { key: key(1) }).data()).filter((y) => y !== 0).length / 4000
    // With one key both layers would drop the same half; a quarter is left, with a deviation of 0.7%.
    expect(Math.abs(kept - 0.25)).toBeLessThan(0.03)
  })

  test('of attention with dropout is the plain one on average', async () => {
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1), dropoutRate: 0.2 })
    const sequence = tensor([
      [
        [1, 2, 3, 4],
        [-1, 0, 1, 0],
        [0, 1, 0, -2],
      ],
    ])
    const plain = await attention.forward(sequence).data()
    const runs = 1000
    const total = new Float64Array(plain.length)
    for (let run = 0; run < runs; run++) {
      const y = await attention.forward(sequence, { key: key(run) }).data()
      for (const [index, value] of y.entries()) total[index]! += value / runs
    }
    // The mean of 1000 runs of numbers that spread by about 1 has a deviation of about 0.03; the keys are fixed.
    total.forEach((value, index) => expect(Math.abs(value - plain[index]!)).toBeLessThan(0.1))
  })
})

describe('layers', () => {
  test('an embedding starts with a padding row of zeros, which gets no gradient', async () => {
    const layer = new Embedding({ count: 4, size: 3, key: key(1), paddingIndex: 1 })
    expect([...(await layer.forward(tensor([1], { dtype: 'i32' })).data())]).toEqual([0, 0, 0])
    const ids = tensor([1, 2, 2], { dtype: 'i32' })
    const { gradients } = valueAndGrad(() => sum(layer.forward(ids)), [layer.weight.stored])
    expect([...(await gradients[0]!.data())]).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2, 0, 0, 0])
  })

  test('read a weight through its transforms, and its gradient comes back through them', async () => {
    const layer = new Linear({ inputSize: 2, outputSize: 1, key: key(1), bias: false })
    layer.weight.stored.assign(tensor([[3, 4]]))
    layer.weight.transforms.push((weight) => mul(weight, tensor([[1, 0]])))
    const x = tensor([[10, 10]])
    const { value, gradients } = valueAndGrad(() => sum(layer.forward(x)), [layer.weight.stored])
    expect(await value.item()).toBe(30)
    expect([...(await gradients[0]!.data())]).toEqual([10, 0])
  })

  test('activations are found by name', async () => {
    const given = tensor([-1, 0, 2])
    const of = async (name: ActivationName): Promise<number[]> => [
      ...(await new Activation(name).forward(given).data()),
    ]
    expect(await of('relu')).toEqual([0, 0, 2])
    expect((await of('silu'))[2]).toBeCloseTo(2 / (1 + Math.exp(-2)), 6)
    expect((await of('tanh'))[0]).toBeCloseTo(Math.tanh(-1), 6)
  })

  test('a causal bias lets the last query see every key, also when there are more keys than queries', async () => {
    // Adding 0 makes -0, which hides nothing either, 0.
    expect([...(await causalBias(2, 3).data())].map((x) => x + 0)).toEqual([0, 0, -10_000, 0, 0, 0])
  })

  test('sizes that do not divide into heads, and impossible rates, are refused', () => {
    expect(() => new MultiHeadAttention({ size: 6, heads: 4, key: key(1) })).toThrow(
      'size 6 does not divide into 4 heads',
    )
    expect(() => new Dropout(1)).toThrow('rate must be 0 <= rate < 1, got 1')
  })
})
