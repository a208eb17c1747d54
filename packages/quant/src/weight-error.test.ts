import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affine } from './schemes/affine/affine.ts'
import { combineErrors, errorsByType, weightError } from './weight-error.ts'

describe('the error of compressed weights', () => {
  it('is as computed by hand', () => {
    // Errors 0, 1, -1, 2 against weights of squares 0, 4, 16, 4.
    expect(weightError([0, 2, 4, 2], [0, 1, 5, 0])).toEqual({
      size: 4,
      meanAbsolute: 1,
      rootMeanSquare: Math.sqrt(6 / 4),
      maxAbsolute: 2,
      signal: Math.sqrt(24 / 4),
      relative: 0.5,
      decibels: -20 * Math.log10(0.5),
    })
  })

  it('is nothing, at infinitely many decibels, where nothing changed', () => {
    expect(weightError([1, 2], [1, 2])).toMatchObject({
      meanAbsolute: 0,
      relative: 0,
      decibels: Number.POSITIVE_INFINITY,
    })
    expect(weightError([0, 0], [0, 0])).toMatchObject({ relative: 0, decibels: Number.POSITIVE_INFINITY })
    expect(() => weightError([1], [1, 2])).toThrow('1 original weights, 2 compressed')
  })

  it("of evenly spread weights is Δ/√12 in root mean square and Δ/4 on average: the uniform quantizer's noise", () => {
    const weight = Float32Array.from({ length: 10_000 }, (_, index) => index / 9_999)
    const scheme = affine({ bits: 4 })
    const error = weightError(weight, scheme.decode(scheme.encode(weight, [10_000])))
    // 667 weights in each step sample its error to a few parts in a thousand.
    expect(error.rootMeanSquare * 15 * Math.sqrt(12)).toBeCloseTo(1, 2)
    expect(error.meanAbsolute * 15 * 4).toBeCloseTo(1, 2)
  })

  it('of several tensors is that of all their weights together', () => {
    const pairs = fc.array(
      fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true })),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1, maxLength: 4 }), (tensors) => {
        const errorOf = (given: [number, number][]) =>
          weightError(
            given.map(([w]) => w),
            given.map(([, q]) => q),
          )
        const combined = combineErrors(tensors.map(errorOf))
        const whole = errorOf(tensors.flat())
        expect(combined.size).toBe(whole.size)
        expect(combined.maxAbsolute).toBe(whole.maxAbsolute)
        expect(combined.meanAbsolute).toBeCloseTo(whole.meanAbsolute, 10)
        expect(combined.rootMeanSquare).toBeCloseTo(whole.rootMeanSquare, 10)
        expect(combined.signal).toBeCloseTo(whole.signal, 10)
      }),
    )
  })

  it('is gathered by the type of a name, leaving out what has none', () => {
    const errors = new Map([
      ['a.query', weightError([1, 1], [0, 1])],
      ['b.query', weightError([1], [1])],
      ['a.dense', weightError([4], [1])],
      ['other', weightError([1], [9])],
    ])
    const byType = errorsByType(
      errors,
      (name) => ({ query: 'attention', dense: 'feed-forward' })[name.split('.')[1] ?? ''],
    )
    expect([...byType].map(([type, { size, meanAbsolute }]) => [type, size, meanAbsolute])).toEqual([
      ['attention', 3, 1 / 3],
      ['feed-forward', 1, 3],
    ])
  })
})
