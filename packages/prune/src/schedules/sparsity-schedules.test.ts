import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scheduleCases } from '../../test/fixture.ts'
import {
  cubicSparsity,
  exponentialSparsity,
  type GradualSparsity,
  linearSparsity,
  oneShotSparsity,
} from './sparsity-schedules.ts'

const gradual = { linearSparsity, cubicSparsity, exponentialSparsity }
const options: fc.Arbitrary<Required<GradualSparsity>> = fc
  .record({
    one: fc.double({ min: 0, max: 0.99, noNaN: true }),
    other: fc.double({ min: 0, max: 0.99, noNaN: true }),
    begin: fc.nat(20),
    every: fc.integer({ min: 1, max: 7 }),
    changes: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ one, other, ...rest }) => ({ initial: Math.min(one, other), final: Math.max(one, other), ...rest }))

describe('sparsity schedules', () => {
  it.each(scheduleCases())('cubic from $s_i to $s_f: the values of Zhu and Gupta', ({ s_i, s_f, t0, n, dt, s }) => {
    const schedule = cubicSparsity({ initial: s_i, final: s_f, begin: t0, changes: n, every: dt })
    // A few roundings of numbers below 1
    s.forEach((expected, step) => expect(Math.abs(schedule(step) - expected)).toBeLessThan(1e-15))
  })

  it.each(Object.entries(gradual))(
    '%s rises from the initial to the final sparsity, and only in its intervals',
    (_, make) => {
      fc.assert(
        fc.property(options, (given) => {
          const schedule = make(given)
          const { initial, final, begin, every, changes } = given
          const end = begin + every * changes
          expect([schedule(0), schedule(begin)]).toEqual([initial, initial])
          expect([schedule(end), schedule(end + 1000)]).toEqual([final, final])
          for (let step = 1; step <= end; step++) {
            // Roundings of numbers below 1
            expect(schedule(step)).toBeGreaterThanOrEqual(schedule(step - 1) - 1e-15)
            if ((step - begin) % every !== 0) expect(schedule(step)).toBe(schedule(step - 1))
          }
        }),
      )
    },
  )

  it('exponential prunes the same share of what is left each time', () => {
    const schedule = exponentialSparsity({ final: 1 - 0.8 ** 5, changes: 5 })
    for (let step = 0; step <= 5; step++) expect(schedule(step)).toBeCloseTo(1 - 0.8 ** step, 12)
  })

  it('linear goes in equal steps, one-shot in one', () => {
    const linear = linearSparsity({ initial: 0.1, final: 0.5, changes: 4 })
    expect([0, 1, 2, 3, 4].map((step) => linear(step).toFixed(6))).toEqual([
      '0.100000',
      '0.200000',
      '0.300000',
      '0.400000',
      '0.500000',
    ])
    expect([0, 2, 3, 9].map(oneShotSparsity({ final: 0.7, at: 3 }))).toEqual([0, 0, 0.7, 0.7])
  })

  it('refuses what falls, is no share, has no steps, or never arrives', () => {
    expect(() => cubicSparsity({ initial: 0.5, final: 0.2, changes: 1 })).toThrow('from an initial 0.5 to a final 0.2')
    expect(() => cubicSparsity({ final: 90, changes: 1 })).toThrow(
      'final must be from 0 to 1, the share of zeros, got 90',
    )
    expect(() => linearSparsity({ final: 0.9, changes: 0 })).toThrow('changes must be a whole number >= 1, got 0')
    expect(() => linearSparsity({ final: 0.9, changes: 1, every: 0.5 })).toThrow(
      'every must be a whole number >= 1, got 0.5',
    )
    expect(() => exponentialSparsity({ final: 1, changes: 3 })).toThrow('never reach a final sparsity of 1')
    expect(() => oneShotSparsity({ final: 2 })).toThrow('got 2')
  })
})
