import { key, normal, openBackend, range, type Tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { keepLayers } from './keep-layers.ts'
import { Activation } from './layers/activation.ts'
import { Embedding } from './layers/embedding.ts'
import { LayerNorm } from './layers/layer-norm.ts'
import { Linear } from './layers/linear.ts'
import { MultiHeadAttention } from './layers/multi-head-attention.ts'
import { Sequential } from './layers/sequential.ts'
import { Module } from './module.ts'
import { AdamW } from './optimizers/adamw.ts'
import { Parameter } from './parameter.ts'
import { columnsOf, featuresOf, rowsOf } from './unit-slices.ts'
import { type UnitKind, type Units, unitGroups } from './units.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const numbers = async (x: Tensor): Promise<number[]> => [...((await x.data()) as Float32Array)]

/** Words that are embedded, normalized and guessed again by the same table. */
class Tied extends Module {
  readonly words = new Embedding({ count: 3, size: 4, key: key(1) })
  readonly norm = new LayerNorm({ size: 4 })
  readonly decoder = new Linear({ weight: this.words.weight })

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'hidden') return undefined
    return { slices: [...columnsOf(this.words), ...featuresOf(this.norm), ...columnsOf(this.decoder)] }
  }
}

describe('units of a model', () => {
  test('heads are rows of three projections and columns of the fourth', async () => {
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1) })
    for (const layer of [attention.query, attention.key, attention.value, attention.output] as Linear[]) {
      layer.weight.stored.assign(range(16).reshape([4, 4]))
      layer.bias!.stored.assign(range(4))
    }
    const [group] = unitGroups(new Sequential([attention]), 'head')
    expect([group!.name, group!.kind, group!.count]).toEqual(['layers.0', 'head', 2])
    group!.keep([1])
    const { query, output } = attention as unknown as { readonly query: Linear; readonly output: Linear }
    expect(query.weight.stored.shape).toEqual([2, 4])
    expect(await numbers(query.weight.stored)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
    expect(await numbers(query.bias!.stored)).toEqual([2, 3])
    expect(output.weight.stored.shape).toEqual([4, 2])
    expect(await numbers(output.weight.stored)).toEqual([2, 3, 6, 7, 10, 11, 14, 15])
    expect(await numbers(output.bias!.stored)).toEqual([0, 1, 2, 3])
    expect(attention.heads).toBe(1)
    expect(attention.forward(normal(key(2), [1, 3, 4])).shape).toEqual([1, 3, 4])
  })

  test('a tied parameter is cut once, and stays tied', () => {
    const model = new Tied()
    const [group] = unitGroups(model, 'hidden')
    group!.keep([0, 2, 3])
    expect(model.words.weight.stored.shape).toEqual([3, 3])
    expect(model.decoder.weight).toBe(model.words.weight)
    expect(unitGroups(model, 'hidden')[0]!.count).toBe(3)
  })

  test('a module in two places comes once; hidden features of all places are one group', () => {
    const shared = new MultiHeadAttention({ size: 4, heads: 2, key: key(1) })
    expect(unitGroups(new Sequential([shared, shared]), 'head').map(({ name }) => name)).toEqual(['layers.0'])
    const tied = new Tied()
    expect(unitGroups(tied, 'hidden').map(({ name }) => name)).toEqual(['hidden'])
    expect(unitGroups(tied, 'neuron')).toEqual([])
  })

  test('are kept in order, one at least, or nothing changes', () => {
    const attention = new MultiHeadAttention({ size: 6, heads: 3, key: key(1) })
    const [group] = unitGroups(attention, 'head')
    for (const units of [[], [3], [-1], [1, 0], [1, 1], [0.5]]) {
      expect(() => group!.keep(units)).toThrow(`one or more of 0 … 2 in ascending order, got [${units.join(', ')}]`)
    }
    expect(attention.heads).toBe(3)
    const { query } = attention as unknown as { readonly query: Linear }
    const before = query.weight.stored
    group!.keep([0, 1, 2])
    expect(query.weight.stored).toBe(before)
  })

  test('of layers that were replaced, or of two models at once, are refused', () => {
    expect(() => rowsOf(new Activation('relu'))).toThrow('a Activation cannot be cut, expected a Linear')
    expect(() => columnsOf(new LayerNorm({ size: 2 }))).toThrow('expected a Linear or Embedding')
    expect(() => featuresOf(new Activation('relu'))).toThrow('expected a LayerNorm')
    class Two extends Module {
      readonly one = new Tied()
      readonly other = new Tied()
    }
    const two = new Two()
    unitGroups(two.one, 'hidden')[0]!.keep([1])
    expect(() => unitGroups(two, 'hidden')).toThrow("the parameters of 'hidden' have 1 and 4 units")
  })

  test('once cut, an optimizer that knew the old weights fails instead of training them', () => {
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1) })
    const { query } = attention as unknown as { readonly query: Linear }
    const optimizer = new AdamW(new Map([['weight', query.weight]]), { weightDecay: 0 })
    unitGroups(attention, 'head')[0]!.keep([0])
    expect(() => optimizer.step([normal(key(1), [4, 4])], { learningRate: 1 })).toThrow('was used after it was freed')
  })
})

describe('layers of a list', () => {
  test('that are not kept are freed, but for what the others share', () => {
    const shared = new Parameter(normal(key(1), [2, 2]))
    const layers = [0, 1, 2].map((seed) => new Linear({ weight: shared, bias: new Parameter(normal(key(seed), [2])) }))
    const [first, second, third] = layers as [Linear, Linear, Linear]
    keepLayers(layers, [0, 2])
    expect(layers).toEqual([first, third])
    expect(second.bias!.stored.disposed).toBe(true)
    expect([shared, first.bias!, third.bias!].map(({ stored }) => stored.disposed)).toEqual([false, false, false])
  })
})

describe('a layer normalization that has lost features', () => {
  test('gives the others what they had when the lost ones were 0', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 5 }),
        fc.nat(),
        async (n, lost, seed) => {
          const whole = new LayerNorm({ size: n + lost })
          whole.weight.stored.assign(normal(key(seed), [n + lost]))
          whole.bias.stored.assign(normal(key(seed + 1), [n + lost]))
          // Shifted, so that the mean is far from 0 and the lost features count.
          const x = normal(key(seed + 2), [3, n]).add(2)
          const padded = lost === 0 ? x : x.pad({ after: [0, lost] })
          const expected = await numbers(whole.forward(padded).slice([0, 0], [3, n]))
          const kept = Array.from({ length: n }, (_, feature) => feature)
          class Normalized extends Module {
            readonly norm = whole
            override units(): Units {
              return { slices: featuresOf(this.norm) }
            }
          }
          unitGroups(new Normalized(), 'hidden')[0]!.keep(kept)
          const rebuilt = new LayerNorm({ size: n, originalSize: n + lost })
          rebuilt.weight.stored.assign(whole.weight.stored.add(0))
          rebuilt.bias.stored.assign(whole.bias.stored.add(0))
          // The same sums in float32 in another order; the values are below 10.
          for (const norm of [whole, rebuilt]) {
            const actual = await numbers(norm.forward(x))
            for (const [index, y] of actual.entries()) expect(Math.abs(y - expected[index]!)).toBeLessThan(1e-5)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('never had fewer before', () => {
    expect(() => new LayerNorm({ size: 4, originalSize: 3 })).toThrow('originalSize must be >= size 4, got 3')
  })
})
