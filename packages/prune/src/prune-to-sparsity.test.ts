import { Embedding, LayerNorm, Linear, Module, Parameter } from '@tlc/nn'
import { type Backend, currentBackend, key, normal, openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../test/fixture.ts'
import { customScores } from './criteria/custom-scores.ts'
import { maskOf, setMask } from './mask.ts'
import { pruneToSparsity } from './prune-to-sparsity.ts'
import { type Exclusion, prunable } from './select.ts'
import { sparsityOf } from './sparsity.ts'
import type { Budget } from './structures/budget.ts'
import { erdosRenyiKernel } from './structures/erdos-renyi.ts'

useBackend(await openBackend('reference'))

const parameters = (weights: Record<string, readonly number[]>): Map<string, Parameter> =>
  new Map(Object.entries(weights).map(([name, values]) => [name, new Parameter(tensor(Float32Array.from(values)))]))
const maskList = (of: ReadonlyMap<string, Parameter>): number[][] =>
  [...of.values()].map((each) => [...(maskOf(each) ?? [])])

describe('pruning to a sparsity', () => {
  it('ranks all parameters together by default, or each by itself', async () => {
    const weights = { small: [0.1, -0.2, 0.3, -0.4], large: [1, -2, 3, -4] }
    const together = parameters(weights)
    expect(await pruneToSparsity(together, 0.5)).toMatchObject({ size: 8, zeros: 4, sparsity: 0.5 })
    expect(maskList(together)).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ])
    const each = parameters(weights)
    await pruneToSparsity(each, 0.5, { scope: 'perMatrix' })
    expect(maskList(each)).toEqual([
      [0, 0, 1, 1],
      [0, 0, 1, 1],
    ])
  })

  it('prunes as much of each row, which makes rows of one length again', async () => {
    const weight = new Parameter(
      tensor([
        [9, 8, 7, 6],
        [1, 2, 3, 4],
      ]),
    )
    await pruneToSparsity(new Map([['w', weight]]), 0.5, { scope: 'perRow' })
    expect([...maskOf(weight)!]).toEqual([1, 1, 0, 0, 0, 0, 1, 1])
  })

  it('divides by a budget, which takes the scope perMatrix, and not the scope global', async () => {
    const named = parameters({ a: [1, 2, 3, 4], b: [1, 2, 3, 4] })
    const budget: Budget = () =>
      new Map([
        ['a', 0.25],
        ['b', 0.75],
      ])
    expect(await pruneToSparsity(named, 0.5, { budget })).toMatchObject({ zeros: 4 })
    expect(maskList(named)).toEqual([
      [0, 1, 1, 1],
      [0, 0, 0, 1],
    ])
    await expect(pruneToSparsity(named, 0.5, { budget, scope: 'global' })).rejects.toThrow(
      "give the scope 'perMatrix' or 'perRow', or no budget",
    )
    await expect(pruneToSparsity(named, 0.5, { budget: () => new Map() })).rejects.toThrow(
      "the budget has no share for 'a'",
    )
  })

  it('by Erdős-Rényi prunes the count of one ranking, to the weight', async () => {
    const named = new Map(
      [
        [7, 9],
        [20, 31],
        [3, 3],
      ].map((shape, i) => [`w${i}`, new Parameter(normal(key(i), shape))]),
    )
    const { zeros, size, parameters: rows } = await pruneToSparsity(named, 0.8, { budget: erdosRenyiKernel })
    expect([size, zeros]).toEqual([692, Math.round(0.8 * 692)])
    expect(rows.get('w2')!.zeros).toBe(0)
    expect(rows.get('w1')!.sparsity).toBeGreaterThan(rows.get('w0')!.sparsity)
  })

  it.each(fixtureCases('global_importance'))('$name: takes scores from elsewhere as PyTorch does', async ({ file }) => {
    const named = new Map(
      ['0', '1'].map((index) => {
        const { values, shape } = fixtureTensor(file, `in.w${index}`)
        return [index, new Parameter(tensor(Float32Array.from(values), { shape }))]
      }),
    )
    await pruneToSparsity(named, 0.4, {
      criterion: customScores(
        new Map(['0', '1'].map((name) => [name, Float32Array.from(fixtureTensor(file, `in.score${name}`).values)])),
      ),
    })
    expect(maskList(named)).toEqual(['0', '1'].map((index) => fixtureTensor(file, `out.mask${index}`).values))
  })

  it('counts by the original size along 15%, 30%, … and never revives, though weights change in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom('global', 'perMatrix'),
        async (seed, scope) => {
          const named = new Map([10, 7, 24].map((size, i) => [`w${i}`, new Parameter(normal(key(seed + i), [size]))]))
          let before = [...named.values()].map(({ stored }) => new Array(stored.size).fill(1))
          for (const [level, sparsity] of [0.15, 0.3, 0.45, 0.6, 0.75, 0.9].entries()) {
            const { zeros, size } = await pruneToSparsity(named, sparsity, { scope: scope as 'global' })
            // 0.15 · 10 is a half, and goes to 2; no other size here gives one.
            const counts =
              scope === 'global'
                ? [[6, 12, 18, 25, 31, 37]]
                : [
                    [2, 3, 4, 6, 8, 9],
                    [1, 2, 3, 4, 5, 6],
                    [4, 7, 11, 14, 18, 22],
                  ]
            expect([size, zeros]).toEqual([41, counts.reduce((sum, each) => sum + each[level]!, 0)])
            const after = maskList(named)
            expect(after.every((mask, i) => mask.every((kept, j) => kept <= before[i]![j]!))).toBe(true)
            before = after
            for (const [i, { stored }] of [...named.values()].entries())
              stored.assign(normal(key(seed + 31 * level + i), [stored.size]))
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  it('counts a parameter under two names once', async () => {
    const shared = new Parameter(tensor([1, 2, 3, 4]))
    const named = new Map([
      ['a', shared],
      ['b', shared],
    ])
    const { size, zeros, parameters: rows } = await pruneToSparsity(named, 0.5)
    expect([size, zeros, [...rows.keys()]]).toEqual([4, 2, ['a']])
  })

  it('leaves alone what is sparser already', async () => {
    const named = parameters({ a: [1, 2, 3, 4], b: [1, 2, 3, 4] })
    setMask(named.get('a')!, Uint8Array.of(1, 0, 0, 0))
    await pruneToSparsity(named, 0.25, { scope: 'perMatrix' })
    expect(maskList(named)).toEqual([
      [1, 0, 0, 0],
      [0, 1, 1, 1],
    ])
  })

  it('refuses a sparsity outside 0..1 and scores that are NaN, and then changes nothing', async () => {
    const named = parameters({ good: [1, 2], bad: [3, Number.NaN] })
    await expect(pruneToSparsity(named, 15)).rejects.toThrow(
      'sparsity must be from 0 to 1, the share of entries to prune, got 15',
    )
    await expect(pruneToSparsity(named, 0.5)).rejects.toThrow("the score of 'bad' is NaN at entry 1")
    await expect(pruneToSparsity(named, 0.5, { criterion: () => new Float32Array(1) })).rejects.toThrow(
      "1 scores for 'good' of 2",
    )
    expect(sparsityOf(named).zeros).toBe(0)
  })

  it('makes the same masks on a backend that is not the one in use', async () => {
    const values = await normal(key(5), [64, 33]).data()
    const prunedOn = async (backend: Backend): Promise<unknown> => {
      const weight = new Parameter(tensor(values, { shape: [64, 33], backend }))
      await pruneToSparsity(new Map([['w', weight]]), 0.45)
      return { mask: maskOf(weight), value: await weight.value.data() }
    }
    expect(await prunedOn(await openBackend('reference'))).toEqual(await prunedOn(currentBackend()))
  })
})

class Layer extends Module {
  readonly dense = new Linear({ inputSize: 4, outputSize: 4, key: key(1) })
  readonly norm = new LayerNorm({ size: 4 })
}

class Model extends Module {
  readonly embeddings = new Embedding({ count: 6, size: 4, key: key(2) })
  readonly encoder = [new Layer(), new Layer()]
  readonly lm_head = new Linear({ weight: this.embeddings.weight })
  readonly classifier = new Linear({ inputSize: 4, outputSize: 2, key: key(3) })
}

describe('what is pruned by default', () => {
  it('is the matrices of the layers: no embedding, bias, normalization or head', () => {
    expect([...prunable(new Model()).keys()]).toEqual(['encoder.0.dense.weight', 'encoder.1.dense.weight'])
  })

  it('may include embeddings, tied to a head or not, once', () => {
    const selected = prunable(new Model(), { embeddings: true })
    expect([...selected.keys()]).toEqual(['embeddings.weight', 'encoder.0.dense.weight', 'encoder.1.dense.weight'])
  })

  it('leaves out what is excluded: by name or path, by expression, by the type of module', () => {
    const names = (...exclude: Exclusion[]): string[] => [
      ...prunable(new Model(), { where: ({ parameter }) => parameter.stored.shape.length === 2, exclude }).keys(),
    ]
    const all = ['embeddings.weight', 'encoder.0.dense.weight', 'encoder.1.dense.weight', 'classifier.weight']
    expect(names()).toEqual(all)
    expect(names('encoder.0.dense.weight', 'classifier')).toEqual([all[0], all[2]])
    // A path is no part of a word.
    expect(names('encoder.1', 'encoder.0.den')).toEqual([all[0], all[1], all[3]])
    expect(names(/^encoder\..*weight$/g)).toEqual([all[0], all[3]])
    expect(names(Layer)).toEqual(all)
    // Tied: a head, too, which is a Linear.
    expect(names(Embedding)).toEqual(all.slice(1))
    expect(() => names(Linear)).toThrow('no parameter was selected; check `where` and `exclude`')
    expect([...prunable(new Model(), { exclude: ['lm_head'], embeddings: true }).keys()]).toEqual(all.slice(1, 3))
  })

  it('knows an embedding by its type, whatever it is called', () => {
    class Named extends Module {
      readonly words = new Embedding({ count: 6, size: 4, key: key(2) })
      readonly dense = new Linear({ inputSize: 4, outputSize: 4, key: key(1) })
    }
    expect([...prunable(new Named()).keys()]).toEqual(['dense.weight'])
  })

  it('may be told by name, by parameter, by every place of a tied one', () => {
    const names = (where: NonNullable<Parameters<typeof prunable>[1]>['where']): string[] => [
      ...prunable(new Model(), where ? { where } : {}).keys(),
    ]
    expect(names(({ name }) => name === 'classifier.weight')).toEqual(['classifier.weight'])
    expect(names((each) => each.names.includes('lm_head.weight'))).toEqual(['embeddings.weight'])
    expect(() => names(() => false)).toThrow('no parameter was selected')
  })
})
