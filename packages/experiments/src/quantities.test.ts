import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatNumber, formatPercent, formatPoints, formatSeconds } from './quantities.ts'

test('counts and bytes keep three digits and a unit', () => {
  expect([0, 7, 999, 1000, 12_345, 999_900, 1_234_567, 5.3e12].map(formatCount)).toEqual([
    '0',
    '7',
    '999',
    '1.00k',
    '12.3k',
    '1.00M',
    '1.23M',
    '5.30T',
  ])
  expect([999, 3_400_000, 812_000].map(formatBytes)).toEqual(['999 B', '3.40 MB', '812 kB'])
})

test('durations carry over', () => {
  expect([0.0085, 0.42, 12, 59.7, 200, 3600, 3725].map(formatSeconds)).toEqual([
    '8.5 ms',
    '0.42 s',
    '12 s',
    '1 min 00 s',
    '3 min 20 s',
    '1 h 00 min',
    '1 h 02 min',
  ])
})

test('shares, points and signs', () => {
  expect([formatPercent(0.8432), formatPoints(-0.0042), formatNumber(-0.0001, 2)]).toEqual(['84.3%', '−0.4', '0.00'])
})
