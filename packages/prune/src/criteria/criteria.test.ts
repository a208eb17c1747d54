import { Parameter } from '@tlc/nn'
import { key, openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskOf, setMask } from '../mask.ts'
import { type PruneOptions, pruneToSparsity } from '../prune-to-sparsity.ts'
import { nm } from '../structures/nm.ts'
import { rows } from '../structures/slices.ts'
import type { Criterion, CriterionContext } from './criterion.ts'
import { customScores } from './custom-scores.ts'
import { geometricMedian } from './geometric-median.ts'
import { random } from './random.ts'
import { snip } from './snip.ts'
import { taylor } from './taylor.ts'
import { wanda } from './wanda.ts'

useBackend(await openBackend('reference'))

const scoresOf = async (criterion: Criterion, weight: readonly number[], context: Partial<CriterionContext> = {}) => [
  ...(await criterion(Float32Array.from(weight), { name: 'layer.weight', shape: [weight.length], ...context })),
]

async function pruned(
  weight: readonly (readonly number[])[],
  sparsity: number,
  options: PruneOptions,
): Promise<number[]> {
  const parameter = new Parameter(tensor(weight))
  await pruneToSparsity(new Map([['layer.weight', parameter]]), sparsity, options)
  return [...(await parameter.value.data())]
}

describe('random scores', () => {
  it('are those of the key and the name, whatever else is pruned, and evenly spread', async () => {
    const weight = new Array(4001).fill(1)
    const scores = await scoresOf(random(key(1)), weight)
    expect(await scoresOf(random(key(1)), weight)).toEqual(scores)
    expect(await scoresOf(random(key(2)), weight)).not.toEqual(scores)
    expect(await scoresOf(random(key(1)), weight, { name: 'weight.layer' })).not.toEqual(scores)
    expect(scores.slice(0, 10)).toEqual((await scoresOf(random(key(1)), new Array(10).fill(1))).slice(0, 10))
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length / 2 ** 32
    // Six standard deviations of the mean of 4001 even numbers: 6 / √(12 · 4001)
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.028)
  })
})

describe('scores from elsewhere', () => {
  it('are found by name', async () => {
    const criterion = customScores(new Map([['layer.weight', Float32Array.of(3, 1, 2)]]))
    expect(await scoresOf(criterion, [1, 2, 3])).toEqual([3, 1, 2])
    await expect(async () => criterion(Float32Array.of(1), { name: 'other', shape: [1] })).rejects.toThrow(
      "there are none for 'other', only for layer.weight",
    )
  })
})

describe('scores by gradients', () => {
  const gradients = { count: 2, sum: Float64Array.of(3, 1, 0), squares: Float64Array.of(5, 1, 8) }

  it('are (g w)² in the mean, and |g w| of the mean', async () => {
    expect(await scoresOf(taylor, [2, -3, 0.5], { gradients })).toEqual([10, 4.5, 1])
    expect(await scoresOf(snip, [2, -3, 0.5], { gradients })).toEqual([3, 1.5, 0])
  })

  it('need gradients', async () => {
    await expect(async () => scoresOf(taylor, [1])).rejects.toThrow("taylor: there are no gradients of 'layer.weight'")
    await expect(async () => scoresOf(snip, [1])).rejects.toThrow('snip: there are no gradients')
  })
})

describe('Wanda', () => {
  /** Statistics of one row of inputs. */
  const inputs = (...x: number[]) => ({ count: 1, squares: Float64Array.from(x, (each) => each * each) })

  it('keeps a small weight with a large input: 1..4 with inputs 100, 10, 1, 0.1', async () => {
    const statistics = new Map([['layer', inputs(100, 10, 1, 0.1)]])
    const options = { criterion: wanda, scope: 'perRow', statistics } as const
    expect(await pruned([[1, 2, 3, 4]], 0.5, options)).toEqual([1, 2, 0, 0])
    expect(await pruned([[1, 2, 3, 4]], 0.5, { ...options, structure: nm(2, 4) })).toEqual([1, 2, 0, 0])
  })

  it('with even inputs is N:M by magnitude', async () => {
    const statistics = new Map([['layer', inputs(...new Array(8).fill(1))]])
    const options = { criterion: wanda, structure: nm(2, 4), statistics }
    expect(await pruned([[1, 2, 3, 4, 5, 6, 7, 8]], 0.5, options)).toEqual([0, 0, 3, 4, 0, 0, 7, 8])
  })

  it('prunes as much of each row, the first of equals', async () => {
    const weight = [
      [9, 8, 7, 6],
      [1, 1, 1, 1],
    ]
    const options = { criterion: wanda, scope: 'perRow', statistics: new Map([['layer', inputs(1, 1, 1, 1)]]) } as const
    expect(await pruned(weight, 0.5, options)).toEqual([9, 8, 0, 0, 0, 0, 1, 1])
  })

  it('does not depend on the number of rows, and refuses inputs of another size, or none', async () => {
    const weight = [1, -2]
    const once = await scoresOf(wanda, weight, {
      shape: [1, 2],
      statistics: { count: 1, squares: Float64Array.of(4, 9) },
    })
    expect(once).toEqual([2, 6])
    const twice = { count: 2, squares: Float64Array.of(8, 18) }
    expect(await scoresOf(wanda, weight, { shape: [1, 2], statistics: twice })).toEqual(once)
    await expect(async () => scoresOf(wanda, weight, { shape: [2, 1], statistics: twice })).rejects.toThrow(
      "'layer.weight' has 1 inputs, the statistics are of 2",
    )
    await expect(async () => scoresOf(wanda, weight)).rejects.toThrow("no statistics of the inputs of 'layer.weight'")
  })
})

describe('the geometric median', () => {
  it('gives every entry of a row the mean of its distances to all rows', async () => {
    // Distances 3 4 5
    expect(await scoresOf(geometricMedian, [0, 0, 3, 0, 0, 4], { shape: [3, 2] })).toEqual(
      [7, 7, 8, 8, 9, 9].map((sum) => Math.fround(sum / 3)),
    )
  })

  it('takes the row in the middle, which the norm would keep', async () => {
    const weight = [
      [0, 1],
      [5, 5],
      [9, 9],
    ]
    expect(await pruned(weight, 1 / 3, { criterion: geometricMedian, structure: rows() })).toEqual([0, 1, 0, 0, 9, 9])
  })
})

describe('what a criterion is given', () => {
  it('is 0 where it is pruned, whatever is stored there', async () => {
    const weight = new Parameter(tensor([1, Number.NaN, 3]))
    setMask(weight, Uint8Array.of(1, 0, 1))
    let seen: number[] = []
    const criterion: Criterion = (values) => {
      seen = [...values]
      return values
    }
    await pruneToSparsity(new Map([['w', weight]]), 2 / 3, { criterion })
    expect(seen).toEqual([1, 0, 3])
    expect(maskOf(weight)).toEqual(Uint8Array.of(0, 0, 1))
  })

  it('makes the same masks on every backend', async () => {
    const wasm = await openBackend('wasm')
    const reference = await openBackend('reference')
    const criteria = { random: random(key(3)), geometricMedian, wanda, taylor, snip }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 24, maxLength: 24 }),
        fc.constantFrom(...Object.values(criteria)),
        fc.constantFrom('global' as const, 'perRow' as const),
        async (values, criterion, scope) => {
          const moments = {
            count: 3,
            sum: Float64Array.from(values.slice(0, 24)),
            squares: Float64Array.from(values.slice(0, 24), (x) => x * x),
          }
          const masks: unknown[] = []
          for (const backend of [reference, wasm]) {
            const weight = new Parameter(tensor(Float32Array.from(values), { shape: [4, 6], backend }))
            const parameters = new Map([['layer.weight', weight]])
            await pruneToSparsity(parameters, 0.4, {
              criterion,
              scope,
              statistics: new Map([['layer', { count: 3, squares: moments.squares.slice(0, 6) }]]),
              gradients: new Map([['layer.weight', moments]]),
            })
            masks.push(maskOf(weight))
          }
          expect(masks[0]).toEqual(masks[1])
        },
      ),
      { numRuns: 40 },
    )
  })
})
