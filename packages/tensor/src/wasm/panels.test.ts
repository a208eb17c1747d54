import { afterEach, describe, expect, test } from 'vitest'
import { apply, composites, key, linear, normal, openBackend, type Tensor, useBackend, zeros } from '../index.ts'
import type { WasmBackend } from './backend.ts'
import type { WasmOptions } from './index.ts'
import { tiles } from './tile.ts'

const opened: WasmBackend[] = []
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())))

async function open(options: WasmOptions = {}): Promise<WasmBackend> {
  const backend = (await openBackend('wasm', options)) as WasmBackend
  opened.push(backend)
  useBackend(backend)
  return backend
}

async function product(x: Tensor, weight: Tensor, bias?: Tensor): Promise<Float32Array> {
  using y = linear(x, weight, bias)
  return (await y.data()) as Float32Array
}

describe('a weight that is kept packed', () => {
  test.each(tiles.flatMap((tile) => [1, 2].map((threads) => ({ tile, threads }))))(
    'gives the bits that it gave before: tile $tile, $threads threads',
    async ({ tile, threads }) => {
      const backend = await open({ tile, threads })
      // Few rows and many, inner sizes of one block and of several, columns that no tile divides.
      for (const [rows, inner, columns] of [
        [3, 7, 5],
        [32, 128, 1000],
        [40, 300, 67],
        [300, 513, 530],
      ] as const) {
        using x = normal(key(1), [rows, inner])
        using weight = normal(key(2), [columns, inner])
        using bias = normal(key(3), [columns])
        const before = backend.packedBytes
        const first = await product(x, weight, bias)
        expect(backend.packedBytes).toBe(before)
        expect(await product(x, weight, bias)).toEqual(first)
        expect(backend.packedBytes).toBeGreaterThanOrEqual(before + 4 * inner * columns)
        expect(await product(x, weight, bias)).toEqual(first)
      }
      expect(backend.packedBytes).toBe(0)
    },
  )

  test('is packed anew for products of another shape on the same memory', async () => {
    await open()
    using weight = normal(key(2), [64, 48])
    using wide = weight.reshape([48, 64])
    using x = normal(key(1), [8, 48])
    using y = normal(key(1), [8, 64])
    const [narrowly, widely] = [await product(x, weight), await product(y, wide)]
    for (let turn = 0; turn < 2; turn++) {
      expect(await product(x, weight)).toEqual(narrowly)
      expect(await product(y, wide)).toEqual(widely)
    }
  })

  test('is forgotten when an optimizer writes over it', async () => {
    const backend = await open()
    using x = normal(key(1), [8, 48])
    using weight = normal(key(2), [64, 48])
    using gradient = normal(key(3), [64, 48])
    using mean = zeros([64, 48])
    using square = zeros([64, 48])
    using scale = normal(key(4), [])
    for (let use = 0; use < 3; use++) await product(x, weight)
    expect(backend.packedBytes).toBeGreaterThan(0)
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: [0.1], step: 1 }
    apply(composites.adamwStep, [scale, weight, gradient, mean, square], options, [weight, mean, square])
    expect(backend.packedBytes).toBe(0)
    using copy = weight.mul(1)
    for (let use = 0; use < 3; use++) expect(await product(x, weight)).toEqual(await product(x, copy))
  })

  test('is another one after assign, and goes with the last tensor on it', async () => {
    const backend = await open()
    using x = normal(key(1), [8, 48])
    const weight = normal(key(2), [64, 48])
    for (let use = 0; use < 3; use++) await product(x, weight)
    using other = normal(key(3), [64, 48])
    weight.assign(other)
    expect(backend.packedBytes).toBe(0)
    const expected = await product(x, other)
    for (let use = 0; use < 3; use++) expect(await product(x, weight)).toEqual(expected)
    weight.dispose()
    expect(backend.packedBytes).toBeGreaterThan(0)
    other.dispose()
    expect(backend.packedBytes).toBe(0)
  })

  test('gives its memory to tensors that need it', async () => {
    const backend = await open({ memoryLimit: 8_000_000, threads: 1 })
    using x = normal(key(1), [8, 100])
    using weight = normal(key(2), [1000, 100])
    const expected = await product(x, weight)
    for (let use = 0; use < 2; use++) await product(x, weight)
    expect(backend.packedBytes).toBeGreaterThanOrEqual(400_000)
    const fillers: Tensor[] = []
    while (backend.packedBytes > 0) fillers.push(zeros([50_000]))
    expect(await product(x, weight)).toEqual(expected)
    for (const filler of fillers) filler.dispose()
  })

  test('takes an eighth of the memory that there may be at most, with all others', async () => {
    const backend = await open({ memoryLimit: 16_000_000 })
    using x = normal(key(1), [8, 100])
    using first = normal(key(2), [2600, 100])
    using second = normal(key(3), [2600, 100])
    for (let use = 0; use < 3; use++) await product(x, first)
    const one = backend.packedBytes
    expect(one).toBeGreaterThanOrEqual(1_040_000)
    const expected = await product(x, second)
    for (let use = 0; use < 3; use++) expect(await product(x, second)).toEqual(expected)
    expect(backend.packedBytes).toBe(one)
  })
})
