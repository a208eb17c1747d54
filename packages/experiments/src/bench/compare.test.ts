import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ratioOf } from './compare.ts'
import { distributionOf } from './measure.ts'
import type { Sample } from './turns.ts'

const numbered = (figures: readonly number[]): Sample[] => figures.map((figure, round) => [round, figure])

test('a ratio is of two figures of one round, and the median of those', () => {
  const ratio = ratioOf(numbered([2, 9, 6, 20, 5]), numbered([1, 3, 3, 5, 5]))
  // 2, 3, 2, 4, 1
  expect(ratio).toEqual({ median: 2, lowerQuartile: 2, upperQuartile: 3, samples: 5 })
})

test('a machine that is faster at some times does not decide it', () => {
  // The machine doubles its speed after the third of five rounds, and one of them is slow, so that it misses two.
  const base = numbered([10, 10, 10, 20, 20])
  const slow: Sample[] = [
    [0, 9],
    [3, 18],
    [4, 18],
  ]
  const medians = [slow, base].map((samples) => distributionOf(samples.map(([, figure]) => figure)).median)
  expect(medians[0]! / medians[1]!).toBe(1.8)
  expect(ratioOf(slow, base)!.median).toBe(0.9)
})

test('whatever the speed of each round is, it cancels', () => {
  const speeds = fc.array(fc.integer({ min: 1, max: 1024 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(speeds, (all) => {
      // A power of two, so that no rounding changes the ratio.
      const ratio = ratioOf(numbered(all.map((speed) => speed / 4)), numbered(all))
      expect(ratio).toEqual({ median: 0.25, lowerQuartile: 0.25, upperQuartile: 0.25, samples: all.length })
    }),
  )
})

test('rounds in which one of them was not measured do not count; without common rounds there is no ratio', () => {
  const later: Sample[] = [
    [5, 10],
    [6, 12],
  ]
  expect(ratioOf(later, [[6, 4]])).toMatchObject({ median: 3, samples: 1 })
  expect(ratioOf(later, numbered([1, 2]))).toBeUndefined()
})
