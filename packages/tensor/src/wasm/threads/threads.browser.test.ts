import { expect, test } from 'vitest'
import { withBackend } from '../../context.ts'
import { type Backend, matmul, openBackend, scope, softmax, type TypedArray, tensor } from '../../index.ts'

test('an isolated page has memory that threads can share', () => {
  expect(crossOriginIsolated).toBe(true)
})

/** A product and rows of exponentials, large enough for several threads. */
async function compute(backend: Backend): Promise<TypedArray> {
  const size = 400
  const result = withBackend(backend, () => {
    using inner = scope()
    const numbers = Float32Array.from({ length: size * size }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5)
    const x = tensor(numbers, { shape: [size, size] })
    return inner.keep(softmax(matmul(x, x)))
  })
  return result.data()
}

/** Where arrays of one length differ, or -1. */
function firstDifference(actual: TypedArray, expected: TypedArray): number {
  return actual.findIndex((value, i) => value !== expected[i])
}

test.each(['relaxed', 'strict'])('two threads of a page give the bits of one: %s', async (build) => {
  const strict = build === 'strict'
  const [one, two] = await Promise.all([1, 2].map((threads) => openBackend('wasm', { strict, threads })))
  const expected = await compute(one!)
  for (let time = 0; time < 20; time++) expect(firstDifference(await compute(two!), expected)).toBe(-1)
  await Promise.all([one!.close(), two!.close()])
})

test('backends opened and closed again and again leave each other alone', async () => {
  const kept = await openBackend('wasm', { threads: 2 })
  const expected = await compute(kept)
  for (let time = 0; time < 5; time++) {
    const other = await openBackend('wasm', { threads: 2 })
    expect(firstDifference(await compute(other), expected)).toBe(-1)
    await other.close()
    await expect(compute(other)).rejects.toThrow('closed')
  }
  expect(firstDifference(await compute(kept), expected)).toBe(-1)
  await kept.close()
})
