import { Linear, Sequential } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { payloadBytes } from '../decode.ts'
import { quantizeModel } from '../quantize-model.ts'
import { affine } from '../schemes/affine/affine.ts'
import { allocateBits, type BitChoice } from './allocate-bits.ts'
import { bitSensitivities } from './bit-sensitivities.ts'

useBackend(await openBackend('reference'))

const choice = fc.record({ bytes: fc.nat(40), error: fc.double({ min: 0, max: 10, noNaN: true }) })
const layers = fc
  .array(fc.array(choice, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .map(
    (all) =>
      new Map(
        all.map((choices, layer) => [`layer${layer}`, choices.map((each, bits): BitChoice => ({ bits, ...each }))]),
      ),
  )

function totals(given: ReadonlyMap<string, readonly BitChoice[]>, chosen: ReadonlyMap<string, number>) {
  const picked = [...given].map(([name, choices]) => choices.find(({ bits }) => bits === chosen.get(name))!)
  return {
    bytes: picked.reduce((sum, { bytes }) => sum + bytes, 0),
    error: picked.reduce((sum, { error }) => sum + error, 0),
  }
}

/** Every combination of choices. */
function combinations(given: ReadonlyMap<string, readonly BitChoice[]>): { bytes: number; error: number }[] {
  return [...given.values()].reduce(
    (sums, choices) =>
      sums.flatMap((sum) =>
        choices.map(({ bytes, error }) => ({ bytes: sum.bytes + bytes, error: sum.error + error })),
      ),
    [{ bytes: 0, error: 0 }],
  )
}

const cheapest = (given: ReadonlyMap<string, readonly BitChoice[]>): number =>
  [...given.values()].reduce((sum, choices) => sum + Math.min(...choices.map(({ bytes }) => bytes)), 0)

describe.each(['greedy', 'exact'] as const)('bits under a byte budget, %s', (method) => {
  it('never take more than the budget, and never err more with more of it', () => {
    fc.assert(
      fc.property(layers, fc.nat(60), fc.nat(60), (given, spare, more) => {
        const budget = cheapest(given) + spare
        const tight = totals(given, allocateBits(given, budget, { method }))
        const wide = totals(given, allocateBits(given, budget + more, { method }))
        expect(tight.bytes).toBeLessThanOrEqual(budget)
        expect(wide.bytes).toBeLessThanOrEqual(budget + more)
        // Sums in another order.
        expect(wide.error).toBeLessThanOrEqual(tight.error + 1e-9)
      }),
      { numRuns: 500 },
    )
  })

  it('are the best of each layer where there is room for all', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const best = Math.min(...combinations(given).map(({ error }) => error))
        expect(totals(given, allocateBits(given, Number.POSITIVE_INFINITY, { method })).error).toBeCloseTo(best, 9)
      }),
    )
  })

  it('say when nothing fits', () => {
    const given = new Map([['a', [{ bits: 2, bytes: 10, error: 1 }]]])
    expect(() => allocateBits(given, 9, { method })).toThrow('cheapest choices take 10 bytes, the budget is 9')
    expect(() => allocateBits(given, Number.NaN, { method })).toThrow('the budget is NaN')
    expect(() => allocateBits(new Map([['a', []]]), 9, { method })).toThrow("'a' has no choice")
    expect(() => allocateBits(new Map([['a', [{ bits: 1, bytes: 0.5, error: 1 }]]]), 9)).toThrow('0.5 bytes')
    expect(allocateBits(new Map(), 0, { method })).toEqual(new Map())
  })
})

describe('bits by the exact method', () => {
  it('have the least error of all combinations that fit', () => {
    fc.assert(
      fc.property(layers, fc.nat(60), (given, spare) => {
        const budget = cheapest(given) + spare
        const fitting = combinations(given).filter(({ bytes }) => bytes <= budget)
        const { error } = totals(given, allocateBits(given, budget, { method: 'exact' }))
        expect(error).toBeCloseTo(Math.min(...fitting.map((each) => each.error)), 9)
        expect(error).toBeLessThanOrEqual(totals(given, allocateBits(given, budget)).error + 1e-9)
      }),
    )
  })
})

describe('the sensitivities of a model', () => {
  it('lead to a mixed model that errs less than an even one of as many bytes', async () => {
    const layer = (seed: number) => new Linear({ inputSize: 32, outputSize: 32, key: key(seed) })
    const model = new Sequential([layer(1), layer(2), layer(3)])
    // One layer matters much more: its weights are eight times as large.
    const { weight } = model.layers[1] as Linear
    weight.stored.assign(weight.stored.mul(8))
    const choices = await bitSensitivities(model)
    expect([...choices.keys()]).toEqual(['layers.0.weight', 'layers.1.weight', 'layers.2.weight'])
    for (const each of choices.values()) {
      expect(each.map(({ bits }) => bits)).toEqual([2, 3, 4, 5, 6, 7, 8])
      expect(each.every(({ error }, index) => index === 0 || error < each[index - 1]!.error)).toBe(true)
    }
    const schemeAt = (bits: number) => affine({ bits, granularity: 'row', grid: 'zeroExact' })
    const even = await quantizeModel(model, { schemeOf: () => schemeAt(4) })
    const bytesOf = ({ artefact }: typeof even): number =>
      [...choices.keys()].reduce((sum, name) => sum + payloadBytes(artefact.tensors.get(name)!), 0)
    const bits = allocateBits(choices, bytesOf(even))
    const mixed = await quantizeModel(model, { schemeOf: (name) => schemeAt(bits.get(name)!) })
    const errorOf = ({ errors }: typeof even): number =>
      [...errors.values()].reduce((sum, { rootMeanSquare, size }) => sum + rootMeanSquare ** 2 * size, 0)
    expect(bytesOf(mixed)).toBeLessThanOrEqual(bytesOf(even))
    expect(bits.get('layers.1.weight')).toBeGreaterThan(bits.get('layers.0.weight')!)
    expect(errorOf(mixed)).toBeLessThan(0.6 * errorOf(even))
  })
})
