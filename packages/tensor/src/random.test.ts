import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { foldIn, key, normal, openBackend, philox, randomBits, scope, split, uniform, useBackend } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const ones = 0xffffffff

describe('philox', () => {
  // Salmon et al. 2011; the file kat_vectors of Random123.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [ones, ones, ones, ones],
      [ones, ones],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the published words for counter %s', (counter, words, expected) => {
    expect(philox([...counter], [...words])).toEqual(expected)
  })
})

describe('keys', () => {
  it('come from whole numbers up to 2⁵³ - 1', () => {
    expect(key(2 ** 40 + 7)).toEqual([7, 2 ** 8])
    expect(() => key(-1)).toThrow(/key: seed must be a whole number from 0 to 2\^53 - 1, got -1/)
    expect(() => key(0.5)).toThrow(RangeError)
    expect(() => key(2 ** 53)).toThrow(RangeError)
  })

  it('differ for every number folded in, and for every parent', () => {
    fc.assert(
      fc.property(fc.nat(), fc.maxSafeNat(), fc.maxSafeNat(), (seed, a, b) => {
        expect(foldIn(key(seed), a)).toEqual(foldIn(key(seed), a))
        if (a !== b) expect(foldIn(key(seed), a)).not.toEqual(foldIn(key(seed), b))
        if (a !== b) expect(foldIn(key(a), seed)).not.toEqual(foldIn(key(b), seed))
      }),
    )
  })

  it('split into as many others as asked for', () => {
    const keys = split(key(1), 100)
    expect(new Set(keys.map(String)).size).toBe(100)
  })
})

describe('random tensors', () => {
  it('are the same for the same key, whatever the shape, and others for another', async () => {
    const words = await randomBits(key(5), [12]).data()
    expect(await randomBits(key(5), [3, 4]).data()).toEqual(words)
    expect((await randomBits(key(5), [7]).data()).every((word, i) => word === words[i])).toBe(true)
    expect(await randomBits(key(6), [12]).data()).not.toEqual(words)
  })

  it('are multiples of 2⁻²⁴ in 0 <= x < 1 when uniform, with the moments of that distribution', async () => {
    const values = await uniform(key(1), [20000]).data()
    expect(values.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 24))).toBe(true)
    const { mean, variance } = moments(values)
    // Five standard errors: 0.289 / √20000 of the mean; the variance's own is smaller.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.0102)
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003)
  })

  it('have the moments and tails of the normal distribution when normal', async () => {
    const values = await normal(key(2), [20000]).data()
    const { mean, variance } = moments(values)
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(20000))
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 20000))
    const beyond2 = values.filter((x) => Math.abs(x) > 2).length / 20000
    expect(Math.abs(beyond2 - 0.0455)).toBeLessThan(5 * Math.sqrt((0.0455 * 0.9545) / 20000))
    expect(values.every(Number.isFinite)).toBe(true)
  })

  it('leave only themselves behind', async () => {
    const backend = await openBackend('reference')
    useBackend(backend)
    using _ = scope()
    normal(key(1), [5])
    uniform(key(1), [5])
    expect(backend.memory().tensors).toBe(2)
  })
})

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const list = Array.from(values)
  const mean = list.reduce((sum, x) => sum + x, 0) / list.length
  return { mean, variance: list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / list.length }
}
