import { key, normal, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { affine } from '../schemes/affine/affine.ts'
import { weightError } from '../weight-error.ts'
import { histogram } from './histogram.ts'
import { meanSquaredError } from './mean-squared-error.ts'
import { minMax } from './min-max.ts'
import { movingAverage } from './moving-average.ts'
import { percentile } from './percentile.ts'
import type { RangeRule } from './range-rule.ts'

useBackend(await openBackend('reference'))

interface ObserverCase {
  readonly name: string
  readonly file: string
  readonly qmin: number
  readonly qmax: number
}

const target = { bits: 8, grid: 'zeroExact' } as const
const rangeOf = (rule: RangeRule, ...batches: ArrayLike<number>[]) => {
  const observer = rule(target)
  for (const batch of batches) observer.observe(Float32Array.from(batch))
  return observer.range()
}
const rules: [string, RangeRule][] = [
  ['minMax', minMax],
  ['movingAverage', movingAverage(0.1)],
  ['percentile', percentile(99)],
  ['meanSquaredError', meanSquaredError()],
  ['histogram', histogram()],
]
const values = fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 1, maxLength: 60 })

/**
 * PyTorch 1.13 counts values from ⌊least⌋ to ⌊greatest⌋ toward 0, leaves out those beyond, and reads the bins as if they
 * reached from the least to the greatest: what its search sees is these values.
 */
function asCounted(values: readonly number[]): number[] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  const [from, to] = [Math.trunc(least), Math.trunc(greatest)]
  return values
    .filter((each) => each >= from && each <= to)
    .map((each) => least + ((each - from) * (greatest - least)) / (to - from))
}

describe('ranges against PyTorch', () => {
  it.each(fixtureCases<ObserverCase>('observer_minmax'))(
    '$name: the scale over four batches',
    ({ file, qmin, qmax }) => {
      const batches = [0, 1, 2, 3].map((batch) => fixtureTensor(file, `in.x${batch}`).values)
      const { low, high } = rangeOf(minMax, ...batches)
      const scale = Math.max(-low, high) / ((qmax - qmin) / 2)
      expect(Math.fround(scale)).toBe(fixtureTensor(file, 'out.scale').values[0])
    },
  )

  it.each(fixtureCases<ObserverCase>('observer_histogram'))('$name: the scale within 2%', ({ file, qmin, qmax }) => {
    const { low, high } = rangeOf(histogram(), asCounted(fixtureTensor(file, 'in.x0').values))
    // Its signed codes are symmetric: half of them, for the larger side.
    const isSigned = qmin < 0
    const span = isSigned ? 2 * Math.max(-low, high) : Math.max(0, high) - Math.min(0, low)
    const scale = span / (qmax - qmin)
    // Where the first and last bins end is a matter of one in 2048 parts, of f32 binning another.
    expect(Math.abs(scale / fixtureTensor(file, 'out.scale').values[0]! - 1)).toBeLessThan(0.02)
  })
})

describe('laws of ranges', () => {
  it.each(rules)('%s lies within what was observed, whatever comes in which batches', (_, rule) => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), (batches) => {
        const { low, high } = rangeOf(rule, ...batches)
        const all = batches.flat()
        // Bins and averages are computed in float64 from f32 numbers: some units of its last place, of numbers up to 8.
        const slack = 1e-12
        expect(low).toBeLessThanOrEqual(high)
        expect(low).toBeGreaterThanOrEqual(Math.min(...all, 0) - slack)
        expect(high).toBeLessThanOrEqual(Math.max(...all, 0) + slack)
      }),
    )
  })

  it.each(rules)('%s of equal values is that value', (_, rule) => {
    // Shrinking a range of one value would leave it outside.
    const { low, high } = rangeOf(rule, [0.5, 0.5], [0.5])
    expect([low, high]).toEqual([0.5, 0.5])
  })

  it.each(rules)('%s says what it cannot take', (_, rule) => {
    expect(() => rule(target).observe(Float32Array.of(1, Number.NaN))).toThrow('value 1 is NaN')
    expect(() => rule(target).range()).toThrow('nothing was observed')
  })

  it('minmax and percentile do not depend on how values are batched', () => {
    fc.assert(
      fc.property(values, fc.nat(59), (all, cut) => {
        const place = 1 + (cut % all.length)
        const parts = [all.slice(0, place), all.slice(place)].filter(({ length }) => length > 0)
        for (const rule of [minMax, percentile(90)]) expect(rangeOf(rule, ...parts)).toEqual(rangeOf(rule, all))
      }),
    )
  })

  it('the moving average goes from the first batch toward the later ones', () => {
    const { low, high } = rangeOf(movingAverage(0.25), [-1, 1], [-3, 5])
    expect([low, high]).toEqual([-1.5, 2])
  })

  it('the percentile is that of the sorted values', () => {
    const hundred = Array.from({ length: 101 }, (_, index) => index)
    expect(rangeOf(percentile(90), hundred)).toEqual({ low: 5, high: 95 })
    expect(rangeOf(percentile(100), hundred)).toEqual({ low: 0, high: 100 })
  })
})

describe('a searched range', () => {
  const withOutlier = async (): Promise<Float32Array> => {
    const weights = (await normal(key(5), [4096]).data()) as Float32Array
    weights[7] = 9
    return weights
  }
  const errorWith = (weights: Float32Array, range: RangeRule): number => {
    const scheme = affine({ bits: 4, grid: 'zeroExact', range })
    return weightError(weights, scheme.decode(scheme.encode(weights, [4096]))).rootMeanSquare
  }

  it('cuts off an outlier that costs all others their precision', async () => {
    const weights = await withOutlier()
    const full = errorWith(weights, minMax)
    expect(errorWith(weights, meanSquaredError({ norm: 2, shrink: 0.8 }))).toBeLessThan(0.9 * full)
    expect(errorWith(weights, histogram())).toBeLessThan(0.9 * full)
  })

  it('is never worse than the full one in the norm that it minds', () => {
    fc.assert(
      fc.property(values, (each) => {
        const weights = Float32Array.from(each)
        const errorOf = (range: RangeRule): number => {
          const scheme = affine({ bits: 3, grid: 'zeroExact', range })
          return weightError(weights, scheme.decode(scheme.encode(weights, [weights.length]))).rootMeanSquare
        }
        // Decoded values are rounded to f32, of numbers up to 8: 2^-21.
        expect(errorOf(meanSquaredError({ norm: 2, shrink: 1 }))).toBeLessThanOrEqual(errorOf(minMax) + 2 ** -21)
      }),
    )
  })

  it('of counts is nearly that of the values, in batches too', async () => {
    const weights = await withOutlier()
    const whole = rangeOf(histogram(), weights)
    const parts = rangeOf(histogram(), weights.slice(0, 2000), weights.slice(2000))
    expect(Math.abs(parts.low / whole.low - 1)).toBeLessThan(0.05)
    expect(Math.abs(parts.high / whole.high - 1)).toBeLessThan(0.05)
  })

  it('says which settings there are', () => {
    expect(() => movingAverage(0)).toThrow('0 < c <= 1, got 0')
    expect(() => percentile(0)).toThrow('0 < p <= 100, got 0')
    expect(() => histogram(1)).toThrow('bins must be a whole number >= 2, got 1')
    expect(() => meanSquaredError({ steps: 0 })).toThrow('steps must be a whole number >= 1, got 0')
    expect(() => meanSquaredError({ shrink: 2 })).toThrow('0 < shrink <= 1, got 2')
    expect(() => meanSquaredError({ norm: 0 })).toThrow('norm must be > 0, got 0')
  })
})
