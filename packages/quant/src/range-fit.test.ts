import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affine } from './affine.ts'
import type { GridName } from './grid.ts'
import type { RangeFitName } from './range-fit.ts'

const settings = fc.record({
  bits: fc.integer({ min: 2, max: 5 }),
  grid: fc.constantFrom<GridName>('minmax', 'zeroExact', 'symmetric', 'fullSymmetric'),
})
const weights = fc
  .array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((values) => Float32Array.from(values))

/** Σ |w - Q(w)|^2.4 and the step. */
function quantize(weight: Float32Array, fit: RangeFitName, { bits, grid }: { bits: number; grid: GridName }) {
  const scheme = affine({ bits, grid, fit })
  const encoded = scheme.encode(weight, [weight.length])
  const decoded = scheme.decode(encoded)
  return {
    error: weight.reduce((sum, each, index) => sum + Math.abs(each - decoded[index]!) ** 2.4, 0),
    step: encoded.steps[0]!,
  }
}

describe('a range of least error', () => {
  it('never has a larger error than the extremes, nor larger steps', () => {
    fc.assert(
      fc.property(weights, settings, (weight, each) => {
        const [extremes, least] = [quantize(weight, 'extremes', each), quantize(weight, 'leastError', each)]
        // The search is in float64, what it chooses is decoded to f32.
        expect(least.error).toBeLessThanOrEqual(extremes.error * (1 + 1e-5) + 1e-15)
        expect(least.step).toBeLessThanOrEqual(extremes.step)
      }),
    )
  })

  it('cuts off an outlier for the sake of all others', () => {
    const weight = Float32Array.from({ length: 400 }, (_, index) => (index === 0 ? 2.5 : Math.sin(index)))
    const each = { bits: 3, grid: 'symmetric' } as const
    const [extremes, least] = [quantize(weight, 'extremes', each), quantize(weight, 'leastError', each)]
    expect(least.step).toBeLessThan(0.7 * extremes.step)
    expect(least.error).toBeLessThan(0.5 * extremes.error)
  })
})
