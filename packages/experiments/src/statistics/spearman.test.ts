import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ranks } from './ranks.ts'
import { spearman, spearmanTest } from './spearman.ts'

test('ties share the mean of their ranks', () => {
  expect([...ranks([10, 20, 20, 5, 20])]).toEqual([2, 4, 4, 1, 4])
})

test('agrees with scipy.stats.spearmanr 1.17.1, without and with ties', () => {
  expect(spearman([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17])).toBeCloseTo(
    -29 / 165,
    14,
  )
  expect(spearman([1, 2, 2, 3, 4, 5, 5, 5], [2, 1, 3, 3, 5, 4, 6, 6])).toBeCloseTo(0.8759284757666266, 14)
})

test('the exact permutation test agrees with a count over itertools.permutations', () => {
  const x = [1, 2, 2, 3, 4, 5, 5, 5]
  const y = [2, 1, 3, 3, 5, 4, 6, 6]
  expect(spearmanTest(x, y)).toMatchObject({ exact: true, pValue: 0.008035714285714285 })
  expect(spearmanTest(x, y, { alternative: 'greater' }).pValue).toBeCloseTo(0.003869047619047619, 14)
  expect(spearmanTest([1, 2, 3, 4, 5], [5, 3, 4, 2, 1], { alternative: 'less' }).pValue).toBeCloseTo(5 / 120, 14)
})

test('a perfect order of n values has one-sided chance 1 / n!', () => {
  for (const [n, orders] of [
    [3, 6],
    [4, 24],
    [5, 120],
    [6, 720],
  ] as const) {
    const values = Array.from({ length: n }, (_, index) => index)
    expect(spearmanTest(values, values, { alternative: 'greater' }).pValue).toBeCloseTo(1 / orders, 14)
  }
})

test('above 8 values it samples orders, and the chance agrees with the t approximation', () => {
  const x = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
  const y = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
  const result = spearmanTest(x, y)
  expect(result.exact).toBe(false)
  // scipy's asymptotic p is 0.627; four standard errors of 10,000 orders are 0.02, and the asymptotic value itself is off by about 0.01
  expect(Math.abs(result.pValue - 0.627)).toBeLessThan(0.03)
  expect(spearmanTest(x, y)).toEqual(result)
})

test('only the order counts', () => {
  const values = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(values, (x) => {
      const y = x.map((value, index) => value + ((index * 7) % 5))
      const cubes = x.map((value) => value ** 3)
      if (new Set(y).size > 1) expect(spearman(cubes, y)).toBeCloseTo(spearman(x, y), 12)
      else expect(spearman(cubes, y)).toBeNaN() // the shifts of index made all values equal
      expect(spearman(x, x)).toBeCloseTo(1, 12)
      expect(
        spearman(
          x,
          x.map((value) => -value),
        ),
      ).toBeCloseTo(-1, 12)
    }),
    { examples: [[[-218, -220]]] },
  )
})

test('a constant side has no order: NaN, and no evidence', () => {
  expect(spearman([1, 2, 3], [4, 4, 4])).toBeNaN()
  expect(spearmanTest([1, 2, 3], [4, 4, 4]).pValue).toBe(1)
})

test('refuses sides that are not pairs', () => {
  expect(() => spearman([1, 2], [1])).toThrow('2 and 1 values')
  expect(() => spearman([1], [1])).toThrow('at least 2 pairs')
})
