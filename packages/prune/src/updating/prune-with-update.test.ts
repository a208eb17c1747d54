import { Linear, Sequential } from '@tlc/nn'
import { collectInputs } from '@tlc/nn/calibration'
import { add, key, matmul, mul, normal, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { outputError, statisticsOf } from '../../test/statistics.ts'
import { magnitude } from '../criteria/magnitude.ts'
import { maskOf, setMask } from '../mask.ts'
import { unstructured } from '../structures/unstructured.ts'
import { exactObs } from './exact-obs.ts'
import { type PrunedWeight, pruneWithUpdate, type UpdatingPruner } from './prune-with-update.ts'
import { sparseGpt } from './sparse-gpt.ts'

interface SparseGptCase {
  readonly name: string
  readonly file: string
  readonly sparsity: number
  readonly prunen: number
  readonly prunem: number
  readonly blocksize: number
  readonly percdamp: number
}

interface ObsCase {
  readonly name: string
  readonly file: string
  readonly sparsities?: readonly number[]
  readonly rel_damp: number
}

function prune(file: string, method: UpdatingPruner): PrunedWeight {
  const { values, shape } = fixtureTensor(file, 'in.weight')
  const input = statisticsOf(fixtureTensor(file, 'in.x').values, shape[1]!)
  const kept = new Uint8Array(values.length).fill(1)
  return method(Float32Array.from(values), { name: 'weight', shape, input, kept })
}

/** The same zeros, and weights to what f32 allows theirs. */
function expectSame({ weight, mask }: PrunedWeight, expected: readonly number[], tolerance: number): void {
  expect([...mask]).toEqual(expected.map((each) => Number(each !== 0)))
  for (const [index, each] of expected.entries()) {
    expect(Math.abs(weight[index]! - each)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(each)))
  }
}

describe("the authors' SparseGPT", () => {
  it.each(fixtureCases<SparseGptCase>('sparsegpt_'))('$name: the same zeros and weights', (given) => {
    const { file, blocksize, prunem, prunen } = given
    const entries = 12 * blocksize
    // Theirs prunes int(n s) + 1 entries of each block.
    const share = (Math.floor(entries * given.sparsity) + 1) / entries
    const sparsity = prunem > 0 ? { keep: prunem - prunen, of: prunem } : share
    const pruned = prune(file, sparseGpt({ sparsity, block: blocksize, damping: given.percdamp }))
    // Theirs computes in f32 (see the index of the fixtures).
    expectSame(pruned, fixtureTensor(file, 'out.weight').values, 1e-3)
  })
})

describe("the authors' ExactOBS", () => {
  it.each(fixtureCases<ObsCase>('obc_unstructured'))('$name: the same zeros and weights', (given) => {
    for (const [index, sparsity] of given.sparsities!.entries()) {
      const pruned = prune(given.file, exactObs({ sparsity, damping: given.rel_damp }))
      expectSame(pruned, fixtureTensor(given.file, `out.weight${index}`).values, 1e-4)
    }
  })

  it.each(fixtureCases<ObsCase>('obc_blocked4'))('$name: the same zeros and weights', ({ file, rel_damp }) => {
    const pruned = prune(file, exactObs({ sparsity: 0.5, block: 4, damping: rel_damp }))
    expectSame(pruned, fixtureTensor(file, 'out.weight').values, 1e-4)
  })
})

/** A layer with inputs that depend on each other, and what was pruned of it before. */
const layer = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), quarters: fc.integer({ min: 1, max: 3 }) })
  .chain(({ rows, quarters }) => {
    const size = 4 * quarters
    const numbers = (count: number) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: count, maxLength: count })
    return fc.record({
      shape: fc.constant([rows, size]),
      values: numbers(rows * size),
      x: numbers(5 * size),
      kept: fc.array(fc.boolean(), { minLength: rows * size, maxLength: rows * size }),
    })
  })
  .map(({ shape, values, x, kept }) => ({
    weight: Float32Array.from(values, (each, index) => (kept[index] ? each + 0.5 : 0)),
    x: x.map((each, at) => (at % 3 === 1 ? each + x[at - 1]! : each)),
    shape,
    kept: Uint8Array.from(kept, Number),
  }))

const methods = fc.constantFrom(sparseGpt, exactObs)
const zerosOf = (mask: Uint8Array): number => mask.filter((each) => each === 0).length
const context = (shape: readonly number[], x: readonly number[], kept: Uint8Array) => ({
  ...{ name: 'weight', shape, kept, input: statisticsOf(x, shape[1]!) },
})

describe('laws of pruning with an update', () => {
  it('prunes the share that was asked for, and what was pruned before stays so', () => {
    fc.assert(
      fc.property(
        layer,
        methods,
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ weight, shape, x, kept }, method, sparsity) => {
          const pruned = method({ sparsity })(weight, context(shape, x, kept))
          expect(zerosOf(pruned.mask)).toBe(Math.max(zerosOf(kept), Math.round(sparsity * weight.length)))
          expect(pruned.mask.every((each, index) => each <= kept[index]!)).toBe(true)
          expect(pruned.weight.every((each, index) => pruned.mask[index] === 1 || each === 0)).toBe(true)
          expect(pruned.weight.every(Number.isFinite)).toBe(true)
        },
      ),
    )
  })

  it('keeps at most n of m neighbours, and n where nothing was pruned before', () => {
    fc.assert(
      fc.property(layer, methods, fc.integer({ min: 0, max: 4 }), ({ weight, shape, x, kept }, method, keep) => {
        const { mask } = method({ sparsity: { keep, of: 4 } })(weight, context(shape, x, kept))
        for (let start = 0; start < mask.length; start += 4) {
          const before = 4 - zerosOf(kept.subarray(start, start + 4))
          expect(4 - zerosOf(mask.subarray(start, start + 4))).toBe(Math.min(before, keep))
        }
      }),
    )
  })

  it('of ExactOBS no change of what is kept has a smaller damped error', () => {
    fc.assert(
      fc.property(layer, fc.constantFrom(1, 4), fc.nat(), ({ weight, shape, x, kept }, block, seed) => {
        const { size, gram } = statisticsOf(x, shape[1]!)
        const { weight: found, mask } = exactObs({ sparsity: 0.5, block })(weight, context(shape, x, kept))
        const diagonal = Array.from({ length: size }, (_, j) => gram![j * size + j]! || 1)
        const lambda = (0.01 * diagonal.reduce((sum, each) => sum + each, 0)) / size
        const error = (changed: ArrayLike<number>): number => {
          let sum = outputError(weight, changed, x, size) * shape[0]! * 5
          for (const [index, each] of weight.entries()) {
            const dead = gram![(index % size) * (size + 1)] === 0 ? 1 : 0
            sum += (lambda + dead) * (each - changed[index]!) ** 2
          }
          return sum
        }
        const moved = found.map((each, index) => each + mask[index]! * 0.1 * Math.sin(seed + index))
        // What was found is rounded to f32: first order changes vanish at the least, second order ones are 1e-14 of the weights.
        expect(error(found)).toBeLessThanOrEqual(error(moved) * (1 + 1e-6) + 1e-6)
      }),
    )
  })

  it('rounds what it keeps in the same pass, so that it comes out on the grid', () => {
    fc.assert(
      fc.property(layer, ({ weight, shape, x, kept }) => {
        const quantize = (value: number): number => Math.round(value * 4) / 4
        const pruned = sparseGpt({ sparsity: 0.5, quantize })(weight, context(shape, x, kept))
        expect([...pruned.weight]).toEqual([...pruned.weight].map(quantize))
      }),
    )
  })

  it('refuses what it cannot do', () => {
    const [shape, x, kept] = [[1, 3], [1, 2, 3], new Uint8Array(3).fill(1)] as const
    for (const method of [sparseGpt, exactObs]) {
      expect(() => method({ sparsity: 1.5 })).toThrow('sparsity must be from 0 to 1')
      expect(() => method({ sparsity: { keep: 3, of: 2 } })).toThrow('got 3 of 2')
      const pattern = method({ sparsity: { keep: 1, of: 2 } })
      expect(() => pattern(Float32Array.of(1, 2, 3), context(shape, x, kept))).toThrow('do not divide into parts of 2')
      const share = method({ sparsity: 0.5, damping: -1 })
      expect(() => share(Float32Array.of(1, 2, 3), context(shape, x, kept))).toThrow('damping')
      const other = { ...context(shape, x, kept), shape: [1, 4] }
      expect(() => share(Float32Array.of(1, 2, 3, 4), other)).toThrow('does not fit inputs of 3 features')
    }
    expect(() => exactObs({ sparsity: { keep: 1, of: 2 }, block: 2 })).toThrow('single weights')
  })
})

describe('a model pruned with updates', () => {
  beforeAll(async () => useBackend(await openBackend('reference')))

  const run = async (prune?: UpdatingPruner) => {
    const layers = [1, 2].map((number) => new Linear({ inputSize: 16, outputSize: 16, key: key(number) }))
    const model = new Sequential(layers)
    // Features that depend on each other, as those of models do: a few directions and some noise.
    const x = add(matmul(normal(key(3), [64, 4]), normal(key(4), [4, 16])), mul(normal(key(5), [64, 16]), 0.3))
    const statistics = await collectInputs(model, () => model.forward(x), { gram: true })
    const before = (await model.forward(x).data()) as Float32Array
    const sparsity = prune && (await pruneWithUpdate(model, statistics, prune))
    const after = (await model.forward(x).data()) as Float32Array
    const error = before.reduce((sum, each, index) => sum + (each - after[index]!) ** 2, 0)
    return { model, layers, statistics, sparsity, error }
  }

  const byMagnitude: UpdatingPruner = (weight, { name, shape, kept }) => {
    const scores = magnitude(weight, { name, shape }) as Float32Array
    const [mask] = unstructured([{ scores, kept }], 0.5)
    return { weight, mask: mask! }
  }

  it('is nearer to the model than one pruned by magnitude, and the exact method nearest', async () => {
    const [plain, gpt, obs] = [
      await run(byMagnitude),
      await run(sparseGpt({ sparsity: 0.5 })),
      await run(exactObs({ sparsity: 0.5 })),
    ]
    expect(gpt.sparsity).toMatchObject({ zeros: 256, size: 512 })
    expect([...obs.sparsity!.parameters.keys()]).toEqual(['layers.0.weight', 'layers.1.weight'])
    expect(gpt.error).toBeLessThan(0.7 * plain.error)
    expect(obs.error).toBeLessThan(gpt.error)
  })

  it('goes on from the masks that it has', async () => {
    const { model, layers, statistics } = await run(sparseGpt({ sparsity: 0.25 }))
    const before = maskOf(layers[0]!.weight)!
    await pruneWithUpdate(model, statistics, sparseGpt({ sparsity: 0.5 }))
    const after = maskOf(layers[0]!.weight)!
    expect([zerosOf(before), zerosOf(after)]).toEqual([64, 128])
    expect(after.every((each, index) => each <= before[index]!)).toBe(true)
  })

  it('is left as it was if a layer cannot be pruned', async () => {
    const { model, layers, statistics } = await run()
    const stored = await layers[0]!.weight.stored.data()
    setMask(layers[1]!.weight, new Uint8Array(256).fill(1))
    const wrong = new Map([...statistics, ['layers.7', statistics.get('layers.0')!] as const])
    await expect(pruneWithUpdate(model, wrong, sparseGpt({ sparsity: 0.5 }))).rejects.toThrow("no Linear at 'layers.7'")
    expect(await layers[0]!.weight.stored.data()).toEqual(stored)
    expect(maskOf(layers[0]!.weight)).toBeUndefined()
  })
})
