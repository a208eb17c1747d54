import { beforeAll, describe, expect, test } from 'vitest'
import { DTypeError, matmul, mean, openBackend, range, sum, tensor, useBackend } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const half = (values: number[]) => tensor(values, { dtype: 'f16' })

describe('f16, where it computes', () => {
  test('gives f16, each result rounded once', async () => {
    const third = half([1]).div(3)
    expect(third.dtype).toBe('f16')
    expect(await third.item()).toBe(0.333251953125)
    // 2048 + 1 + 1 is 2048 if every addition is rounded, and 2050 if the sum is.
    expect(await sum(half([2048, 1, 1])).item()).toBe(2050)
    expect(await matmul(half([2048, 1, 1]).reshape([1, 3]), half([1, 1, 1]).reshape([3, 1])).item()).toBe(2050)
  })

  test('ends at 65,504: what is larger is infinite, what is below 2⁻²⁵ is 0', async () => {
    expect(await half([60000]).mul(2).item()).toBe(Number.POSITIVE_INFINITY)
    expect(
      await half([2 ** -24])
        .mul(0.5)
        .item(),
    ).toBe(0)
    expect(await half([2 ** -24]).item()).toBe(2 ** -24)
  })

  test('takes numbers beside it as f16', async () => {
    expect(await half([1]).mul(0.1).item()).toBe(await half([0.1]).item())
    expect(await mean(half([1, 2])).item()).toBe(1.5)
  })

  test('does not mix with f32', () => {
    expect(() => half([1]).add(tensor([1]))).toThrow("add: operands are f16 and f32; cast one: .cast('f16')")
    expect(() => matmul(range(4).reshape([2, 2]), half([1, 2]).reshape([2, 1]))).toThrow(DTypeError)
  })
})

test('where f16 only stores, the error says what to write, and where it computes', async () => {
  const backend = await openBackend('wasm', { threads: 1 })
  const x = tensor([1, 2], { dtype: 'f16', backend })
  expect(() => x.add(1)).toThrow(
    "add: input is f16, expected f32 or i32 or u32; write .cast('f32') ('wasm' only stores f16; openBackend('webgpu') " +
      'computes with it where the adapter has shader-f16)',
  )
  expect(() => x.softmax()).toThrow("softmax: input is f16, expected f32; write .cast('f32')")
  expect(await x.cast('f32').add(1).data()).toEqual(Float32Array.of(2, 3))
  expect(await x.slice([1]).item()).toBe(2)
  await backend.close()
})
