import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { power } from './power.ts'

describe('a power made of exact operations', () => {
  it("is the engine's, to a few roundings", () => {
    const positive = fc.double({ min: 2 ** -1022, max: 2 ** 1000, noNaN: true })
    fc.assert(
      fc.property(positive, fc.double({ min: -3, max: 3, noNaN: true }), (x, y) => {
        const expected = x ** y
        // Beyond normal numbers it is 0 or ∞.
        if (expected < 2 ** -1020 || expected > 2 ** 1020) return
        // Of y log₂ x, three roundings and the two of log₂ itself, which 2^x takes over as they are; and those of sums.
        const bound = 2 ** -51 * (2 + Math.abs(y * Math.log2(x)))
        expect(Math.abs(power(x, y) / expected - 1)).toBeLessThanOrEqual(bound)
      }),
      { numRuns: 2000 },
    )
  })

  it('is exact for powers of two, and at the ends', () => {
    for (let k = -30; k <= 30; k++) expect(power(2 ** k, 3)).toBe(2 ** (3 * k))
    expect([power(0, 0.7), power(0, -0.3), power(0, 0), power(1, 0.3)]).toEqual([0, Infinity, 1, 1])
    expect([power(Infinity, 2), power(Infinity, -2), power(2 ** 900, 2), power(2 ** 900, -2)]).toEqual([
      Infinity,
      0,
      Infinity,
      0,
    ])
  })

  it('keeps these bits', () => {
    expect([power(0.3, -0.3), power(1e-7, -0.3), power(1.7, 2.4), power(123.4, 0.55)]).toEqual([
      1.4350387341664474, 125.89254117941672, 3.573365263262784, 14.132641350324267,
    ])
  })
})
