import { sizeOf } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sparsities } from '../../test/scored.ts'
import type { Budgeted } from './budget.ts'
import { erdosRenyiKernel } from './erdos-renyi.ts'
import { roundHalfToEven } from './round-half-to-even.ts'

const length = fc.integer({ min: 1, max: 30 })
const budgeted: fc.Arbitrary<Budgeted[]> = fc
  .array(fc.array(length, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .map((shapes) => shapes.map((shape, index) => ({ name: `w${index}`, shape })))

const keptOf = (weights: readonly Budgeted[], sparsity: number): number[] => {
  const shares = erdosRenyiKernel(weights, sparsity)
  return weights.map(({ name, shape }) => sizeOf(shape) * (1 - shares.get(name)!))
}

describe('the Erdős-Rényi kernel', () => {
  it('has densities in the ratio of (in + out) / (in · out)', () => {
    const shares = erdosRenyiKernel(
      [
        { name: 'wide', shape: [100, 400] },
        { name: 'square', shape: [100, 100] },
      ],
      0.9,
    )
    // Of 50000 entries 5000 are kept, 5 / 7 and 2 / 7 of them: 3571.4 and 1428.6
    expect([shares.get('wide'), shares.get('square')]).toEqual([1 - 3571 / 40000, 1 - 1429 / 10000])
  })

  it('keeps a small one whole, and gives what it would have had beyond to the others', () => {
    const shares = erdosRenyiKernel(
      [
        { name: 'small', shape: [2, 2] },
        { name: 'large', shape: [10, 10] },
      ],
      0.5,
    )
    // Of 104, 52 are kept: 4 of 4, and 48 of 100.
    expect([shares.get('small'), shares.get('large')]).toEqual([0, 1 - 48 / 100])
  })

  it('keeps round((1 - sparsity) · n) in all, each count whole, and none but full ones above their share', () => {
    fc.assert(
      fc.property(budgeted, sparsities, (weights, sparsity) => {
        const size = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
        const kept = keptOf(weights, sparsity)
        // 1 - k / n and back: some roundings of numbers up to 27000
        kept.forEach((count) => expect(Math.abs(count - Math.round(count))).toBeLessThan(1e-9))
        const whole = kept.map(Math.round)
        expect(whole.reduce((sum, count) => sum + count, 0)).toBe(size - roundHalfToEven(sparsity * size))
        expect(whole.every((count, index) => count >= 0 && count <= sizeOf(weights[index]!.shape))).toBe(true)
        // ε of those that are not full lies within one entry of a common one; full ones would have had more by it.
        const sums = weights.map(({ shape }) => shape.reduce((sum, each) => sum + each, 0))
        const partial = whole.flatMap((count, index) => (count < sizeOf(weights[index]!.shape) ? [index] : []))
        const least = Math.max(0, ...partial.map((index) => (whole[index]! - 1) / sums[index]!))
        const most = Math.min(Infinity, ...partial.map((index) => (whole[index]! + 1) / sums[index]!))
        expect(least).toBeLessThanOrEqual(most)
        for (const [index, count] of whole.entries())
          if (!partial.includes(index)) expect((count - 1) / sums[index]!).toBeLessThanOrEqual(most)
      }),
    )
  })
})
