import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ternary } from './ternary.ts'

describe('ternary weights', () => {
  it('are as computed by hand', () => {
    // mean |w| = 1, so 0.7 is the limit; of 2, -1.5 and 0.8 the mean magnitude is 4.3 / 3.
    const { codes, steps } = ternary().encode(Float32Array.of(2, -1.5, 0.8, 0.5, -0.2), [5])
    expect([...codes]).toEqual([2, 0, 2, 1, 1])
    expect(steps[0]).toBe(Math.fround((2 + 1.5 + Math.fround(0.8)) / 3))
  })

  it('have the step that is best for their signs in squares, range by range', () => {
    const matrix = fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(matrix, fc.double({ min: 0.9, max: 1.1, noNaN: true }), (values, factor) => {
        const weight = Float32Array.from(values)
        const scheme = ternary({ granularity: 'row' })
        const encoded = scheme.encode(weight, [3, 4])
        const squares = (steps: Float32Array): number =>
          scheme.decode({ ...encoded, steps }).reduce((sum, each, index) => sum + (each - weight[index]!) ** 2, 0)
        const others = encoded.steps.map((step) => step * factor)
        // Steps are f32: 2^-24 of sums of squares up to 12 · 16.
        expect(squares(encoded.steps)).toBeLessThanOrEqual(squares(others) + 2 ** -16)
      }),
    )
  })

  it('keep zeros, and encode as themselves when decoded', () => {
    const weights = fc.array(fc.oneof(fc.constant(0), fc.float({ noNaN: true, min: -4, max: 4 })), { minLength: 1 })
    fc.assert(
      fc.property(weights, (values) => {
        const weight = Float32Array.from(values)
        const scheme = ternary()
        const once = scheme.encode(weight, [weight.length])
        const decoded = scheme.decode(once)
        decoded.forEach((each, index) => weight[index] === 0 && expect(Object.is(each, 0)).toBe(true))
        // A limit of 0.7 times the mean of what is 0 or one step is below the step.
        if (once.steps[0]! > 0) expect(scheme.encode(decoded, [weight.length]).codes).toEqual(once.codes)
      }),
    )
  })

  it('say what they cannot take', () => {
    expect(() => ternary({ threshold: 1 })).toThrow('0 <= threshold < 1 (of mean |w|), got 1')
    expect(() => ternary().encode(Float32Array.of(Number.NaN), [1])).toThrow('ternary: weight 0 is NaN')
  })
})
