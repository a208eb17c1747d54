import { afterAll, describe, expect, test } from 'vitest'
import { apply, type Backend, composites, openBackend, type Shape, sizeOf, tensor } from '../index.ts'

const reference = await openBackend('reference')
const builds = { relaxed: await openBackend('wasm'), strict: await openBackend('wasm', { strict: true }) }

afterAll(async () => {
  await Promise.all([builds.relaxed, builds.strict, reference].map((backend) => backend.close()))
})

interface Case {
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  readonly headSize: number
  readonly valueSize?: number
  readonly bias?: Shape
  readonly dropout?: { readonly key: readonly [number, number]; readonly rate: number }
}

/** Numbers in -1..1, the same every time. */
function numbers(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}

/** y, ln Σ e^scores, dq, dk, dv */
async function run(backend: Backend, given: Case, biasOf = numbers): Promise<Float32Array[]> {
  const { batch, heads, queries, keys, headSize, valueSize = headSize, bias, dropout } = given
  const parameters = { scale: 0.4, ...(dropout && { dropout }) }
  const make = (seed: number, time: number, size: number) =>
    tensor(numbers(batch * heads * time * size, seed), { shape: [batch, heads, time, size], backend })
  const [q, k, v] = [make(1, queries, headSize), make(2, keys, headSize), make(3, keys, valueSize)]
  const g = make(4, queries, valueSize)
  const rest = bias ? [tensor(biasOf(sizeOf(bias), 5), { shape: bias, backend })] : []
  const [y, logSumExp] = apply(composites.attention, [q, k, v, ...rest], parameters)
  const inputs = [q, k, v, y!, logSumExp!, g, ...rest]
  const gradients = apply(composites.attentionGrad, inputs, parameters)
  const outputs = await Promise.all([y!, logSumExp!, ...gradients].map((t) => t.data()))
  return outputs as Float32Array[]
}

const names = ['y', 'logSumExp', 'dq', 'dk', 'dv']

/**
 * Scores of headSize products rounded in f32 are off by headSize · 2⁻²⁴ · Σ |q||k| at most, which is the relative error
 * of a weight; here below 1e-5. Outputs are weighted means of numbers of size 1; dk and dv sum over the queries.
 */
async function expectAgreement(backend: Backend, given: Case): Promise<void> {
  const expected = await run(reference, given)
  const actual = await run(backend, given)
  names.forEach((name, i) => {
    const largest = Math.max(1, ...expected[i]!.map(Math.abs))
    const errors = actual[i]!.map((value, at) => Math.abs(value - expected[i]![at]!))
    expect(actual[i]!.length).toBe(expected[i]!.length)
    const error = errors.reduce((a, b) => Math.max(a, b), 0)
    expect(error, `${name} of ${JSON.stringify(given)}`).toBeLessThanOrEqual(1e-5 * largest)
  })
}

describe.each(Object.entries(builds))('%s build', (_, backend) => {
  test.each<Case>([
    { batch: 1, heads: 1, queries: 1, keys: 1, headSize: 1 },
    { batch: 2, heads: 3, queries: 5, keys: 7, headSize: 4, valueSize: 6 },
    { batch: 1, heads: 2, queries: 130, keys: 129, headSize: 16 },
    { batch: 2, heads: 1, queries: 0, keys: 3, headSize: 4 },
  ])('agrees with the formula: %o', (given) => expectAgreement(backend, given))

  test('agrees with the formula where queries fill several blocks', () =>
    expectAgreement(backend, { batch: 1, heads: 2, queries: 70, keys: 1500, headSize: 5, bias: [1, 1, 70, 1500] }))

  test('drops the same weights as dropout of all of them, block by block', async () => {
    const dropout = { key: [7, 2 ** 32 - 1], rate: 0.25 } as const
    await expectAgreement(backend, { batch: 2, heads: 1, queries: 70, keys: 1501, headSize: 5, dropout })
    await expectAgreement(backend, { batch: 2, heads: 3, queries: 9, keys: 11, headSize: 8, bias: [11], dropout })
  })

  test.each<Shape>([[2, 3, 9, 11], [2, 1, 1, 11], [1, 3, 9, 1], [2, 1, 1, 1], [3, 1, 11], [9, 11], [11], []])(
    'adds a bias that repeats along axes',
    (...bias) => expectAgreement(backend, { batch: 2, heads: 3, queries: 9, keys: 11, headSize: 8, bias }),
  )

  test('keys hidden by a large negative bias get no weight and no gradient', async () => {
    const hidden = (size: number) => Float32Array.from({ length: size }, (_, key) => (key < 6 ? 0 : -1e9))
    const visible = await run(backend, { batch: 1, heads: 1, queries: 4, keys: 6, headSize: 8 })
    const given = { batch: 1, heads: 1, queries: 4, keys: 9, headSize: 8, bias: [9] }
    const all = await run(backend, given, hidden)
    expect(all[0]).toEqual(visible[0])
    expect(all[3]!.slice(6 * 8)).toEqual(new Float32Array(3 * 8))
    expect(all[4]!.slice(6 * 8)).toEqual(new Float32Array(3 * 8))
  })
})
