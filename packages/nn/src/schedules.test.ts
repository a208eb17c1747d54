import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oneCycle, triangularCycle } from './cyclic-schedules.ts'
import {
  constantRate,
  cosineDecay,
  inverseSquareRoot,
  linearDecay,
  linearRise,
  type Schedule,
  stepDecay,
  warmUpStableDecay,
} from './schedules.ts'

const values = (schedule: Schedule, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => schedule(step))

describe('schedules', () => {
  test('linear: rises by equal parts to the peak, then falls by equal parts to the end', () => {
    expect(values(linearDecay({ peak: 1, warmUp: 2, steps: 6 }), 8)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25, 0, 0])
  })

  test('warm-up, stable, decay', () => {
    const schedule = warmUpStableDecay({ peak: 1, warmUp: 2, steps: 8, decay: 4, final: 0 })
    expect(values(schedule, 10)).toEqual([0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0])
  })

  test('without warm-up and decay, stable is constant', () => {
    expect(values(warmUpStableDecay({ peak: 3, steps: 4, decay: 0 }), 4)).toEqual(values(constantRate(3), 4))
  })

  test('inverse square root: half the peak at four times the warm-up', () => {
    const schedule = inverseSquareRoot({ peak: 1, warmUp: 100 })
    expect([schedule(99), schedule(399)]).toEqual([1, 0.5])
  })

  test('every schedule rises during warm-up, never passes its peak, and falls afterwards to its end', () => {
    const sizes = fc.record({
      peak: fc.double({ min: 1e-3, max: 10, noNaN: true }),
      warmUp: fc.nat(20),
      decay: fc.nat(20),
      stable: fc.nat(20),
    })
    fc.assert(
      fc.property(sizes, ({ peak, warmUp, decay, stable }) => {
        const steps = warmUp + stable + decay
        const options = { peak, warmUp, steps, final: peak / 10 }
        for (const schedule of [linearDecay(options), cosineDecay(options), warmUpStableDecay({ ...options, decay })]) {
          const rates = values(schedule, steps + 2)
          // 1e-12: the straight lines are rounded in float64.
          rates.forEach((rate, step) => {
            expect(rate).toBeLessThanOrEqual(peak * (1 + 1e-12))
            if (step === 0) return
            if (step < warmUp) expect(rate).toBeGreaterThan(rates[step - 1]!)
            else if (step > warmUp) expect(rate).toBeLessThanOrEqual(rates[step - 1]! * (1 + 1e-12))
          })
          expect(rates.at(-1)).toBe(peak / 10)
        }
      }),
    )
  })

  test('parts that do not fit into the steps are refused', () => {
    expect(() => linearDecay({ peak: 1, warmUp: 10, steps: 5 })).toThrow(
      'steps must be a whole number >= warmUp 10, got 5',
    )
    expect(() => warmUpStableDecay({ peak: 1, warmUp: 3, steps: 5, decay: 3 })).toThrow('do not fit into 5 steps')
    expect(() => inverseSquareRoot({ peak: 1, warmUp: 1.5 })).toThrow('warmUp must be a whole number')
  })
})

describe('schedules that cycle', () => {
  test('a triangle is low at both ends, high at its peak, and repeats', () => {
    const schedule = triangularCycle({ low: 1, high: 5, rise: 4, fall: 2 })
    expect(values(schedule, 13)).toEqual([1, 2, 3, 4, 5, 3, 1, 2, 3, 4, 5, 3, 1])
  })

  test('one cycle begins, peaks and ends where it is told to, and stays there', () => {
    const schedule = oneCycle({ peak: 1, steps: 11, riseShare: 6 / 11, startDivisor: 4, endDivisor: 2 })
    expect(schedule(0)).toBe(0.25)
    expect(schedule(5)).toBeCloseTo(1, 12)
    expect(schedule(10)).toBe(0.125)
    expect(schedule(1000)).toBe(0.125)
  })

  test('one cycle rises to its peak and falls from there, for every share', () => {
    const sizes = fc.record({
      steps: fc.integer({ min: 2, max: 200 }),
      riseShare: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    })
    fc.assert(
      fc.property(sizes, ({ steps, riseShare }) => {
        const rates = values(oneCycle({ peak: 1, steps, riseShare }), steps)
        const highest = rates.indexOf(Math.max(...rates))
        rates.forEach((rate, step) => {
          expect(rate).toBeLessThanOrEqual(1 + 1e-12) // the cosine is rounded
          if (step > 0 && step <= highest) expect(rate).toBeGreaterThan(rates[step - 1]!)
          if (step > highest) expect(rate).toBeLessThan(rates[step - 1]!)
        })
      }),
    )
  })

  test('steps multiply at each milestone, in any order', () => {
    expect(values(stepDecay({ peak: 8, milestones: [3, 1], factor: 0.5 }), 5)).toEqual([8, 4, 4, 2, 2])
  })

  test('lengths of no steps are refused', () => {
    expect(() => triangularCycle({ low: 0, high: 1, rise: 0 })).toThrow(
      'triangularCycle: rise must be a whole number >= 1, got 0',
    )
    expect(() => oneCycle({ peak: 1, steps: 1 })).toThrow('oneCycle: steps must be a whole number >= 2, got 1')
    expect(() => oneCycle({ peak: 1, steps: 10, riseShare: 1 })).toThrow('riseShare must be 0 < share < 1, got 1')
    expect(() => linearRise({ from: 0, to: 1, steps: 0.5 })).toThrow(
      'linearRise: steps must be a whole number >= 1, got 0.5',
    )
  })
})
