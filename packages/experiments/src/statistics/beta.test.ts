import fc from 'fast-check'
import { expect, test } from 'vitest'
import { incompleteBeta, logGamma } from './beta.ts'
import { proportionInterval } from './proportion.ts'
import { studentHalfWidth } from './student.ts'

test('ln Γ agrees with scipy.special.gammaln 1.17.1', () => {
  for (const [z, expected] of [
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1, 0],
    [2.5, 0.2846828704729192],
    [10, 12.801827480081469],
    [123.4, 469.3360974421906],
  ] as const) {
    expect(Math.abs(logGamma(z) - expected)).toBeLessThan(1e-12 * Math.max(1, expected))
  }
})

test('the incomplete beta function agrees with scipy.special.betainc 1.17.1', () => {
  for (const [x, a, b, expected] of [
    [0.3, 0.5, 0.5, 0.36901011956554536],
    [0.4, 2, 3, 0.5248],
    [0.45, 50, 60, 0.4642352914306031],
    [0.999, 1000, 0.5, 0.15724727426672383],
    [0.001, 0.1, 20, 0.7079970084234156],
    [0.9, 2.5, 0.5, 0.48958974456442755],
  ] as const) {
    // 1e-11: ln Γ(1000) ≈ 6000 carries its relative rounding into the exponent
    expect(incompleteBeta(x, a, b)).toBeCloseTo(expected, 11)
  }
})

test('Iₓ(a, 1) = xᵃ and Iₓ(a, b) = 1 - I₁₋ₓ(b, a)', () => {
  const share = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  const shape = fc.double({ min: 0.1, max: 50, noNaN: true })
  fc.assert(
    fc.property(share, shape, shape, (x, a, b) => {
      expect(incompleteBeta(x, a, 1)).toBeCloseTo(x ** a, 10)
      expect(incompleteBeta(x, a, b)).toBeCloseTo(1 - incompleteBeta(1 - x, b, a), 10)
    }),
  )
})

test("Student's t agrees with scipy.stats.t.ppf 1.17.1", () => {
  for (const [level, degrees, expected] of [
    [0.95, 1, 12.706204736174694],
    [0.95, 2, 4.302652729749462],
    [0.95, 3, 3.1824463052837078],
    [0.95, 7, 2.364624251592784],
    [0.99, 10, 3.16927267261695],
    [0.9, 34, 1.6909242551868546],
    [0.95, 1000, 1.9623390808264083],
  ] as const) {
    expect(studentHalfWidth(level, degrees)).toBeCloseTo(expected, 8)
  }
})

test('the exact interval of a proportion agrees with scipy.stats.binomtest 1.17.1', () => {
  for (const [successes, trials, low, high] of [
    [0, 20, 0, 0.16843347098308548],
    [20, 20, 0.8315665290169145, 1],
    [7, 20, 0.1539092047845412, 0.5921885345328283],
    [843, 1000, 0.8189474466392745, 0.8650123407930692],
  ] as const) {
    const interval = proportionInterval(successes, trials)
    expect(interval.low).toBeCloseTo(low, 10)
    expect(interval.high).toBeCloseTo(high, 10)
  }
})

test('refuses what is no probability, no proportion, no degree of freedom', () => {
  expect(() => incompleteBeta(1.2, 1, 1)).toThrow('got x 1.2')
  expect(() => proportionInterval(3, 2)).toThrow('got 3 of 2')
  expect(() => studentHalfWidth(0.95, 0)).toThrow('use more points than coefficients')
})
