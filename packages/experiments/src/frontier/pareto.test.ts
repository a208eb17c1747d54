import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CompressedResult } from './compressed-result.ts'
import { describeAdvantage } from './describe-advantage.ts'
import { pareto } from './pareto.ts'

const seeds = [1, 2, 3]
const accuracies = {
  'small 8 bits': [0.8, 0.81, 0.79],
  'large 4 bits': [0.84, 0.83, 0.85],
  'large 8 bits': [0.84, 0.82, 0.83],
}
const bytes: Record<string, number> = { 'small 8 bits': 1e6, 'large 4 bits': 1.1e6, 'large 8 bits': 2e6 }

const results: CompressedResult[] = Object.entries(accuracies).flatMap(([name, values]) => {
  const [model, ...setting] = name.split(' ')
  return values.map((accuracy, index) => ({
    ...{ model: model!, setting: setting.join(' '), seed: seeds[index]!, accuracy },
    bytes: bytes[name]!,
  }))
})

describe('pareto', () => {
  test('removes what another dominates and keeps the rest by rising cost', () => {
    const { points, dominated } = pareto(results, { cost: 'bytes', seeds })
    expect(points.map(({ model, setting }) => `${model} ${setting}`)).toEqual(['small 8 bits', 'large 4 bits'])
    expect(dominated.map(({ model, setting }) => `${model} ${setting}`)).toEqual(['large 8 bits'])
  })

  test('gives the mean over seeds and its Student interval', () => {
    const { points } = pareto(results, { cost: 'bytes' })
    // s = 0.01, n = 3, t(97.5%, 2) = 4.302653
    expect(points[0]!.accuracy.mean).toBeCloseTo(0.8, 12)
    expect(points[0]!.accuracy.interval!.high).toBeCloseTo(0.8 + (4.302653 * 0.01) / Math.sqrt(3), 7)
  })

  test('says what beats what at a cost, by how much, paired by seed', () => {
    const frontier = pareto(results, { cost: 'bytes' })
    const advantage = frontier.compare(1.2e6, 'large', 'small')!
    expect(advantage.difference.mean).toBeCloseTo(0.04, 12)
    // differences 0.04, 0.02, 0.06: s = 0.02
    expect(advantage.difference.interval!.low).toBeCloseTo(0.04 - (4.302653 * 0.02) / Math.sqrt(3), 7)
    expect(describeAdvantage(advantage, 'bytes', 1.2e6)).toBe(
      'at 1.20 MB large (4 bits) and small (8 bits) cannot be told apart: 4.0 ± 5.0 points',
    )
    expect(frontier.compare(1.05e6, 'large', 'small')).toBeUndefined()
  })

  test('has no interval for one seed, and says so', () => {
    const frontier = pareto(results, { cost: 'bytes', seeds: [1] })
    expect(frontier.points[0]!.accuracy.interval).toBeNull()
    expect(describeAdvantage(frontier.compare(1.2e6, 'large', 'small')!, 'bytes', 1.2e6)).toBe(
      'at 1.20 MB large (4 bits) is ahead of small (8 bits) by 4.0 points, with one seed',
    )
  })

  test('names what is missing', () => {
    expect(() => pareto([], { cost: 'bytes' })).toThrow('there are no results')
    expect(() => pareto(results, { cost: 'latency' })).toThrow('small (8 bits), seed 1 has latency not measured')
    expect(() => pareto(results, { cost: 'bytes', seeds: [1, 7] })).toThrow('small (8 bits), seed 7 is missing')
    expect(() => pareto([...results, results[0]!], { cost: 'bytes', seeds })).toThrow('seed 1 is there twice')
  })

  const someResults = fc.uniqueArray(
    fc.record({ cost: fc.integer({ min: 1, max: 50 }), accuracy: fc.integer({ min: 0, max: 20 }) }),
    { minLength: 1, maxLength: 30, selector: ({ cost, accuracy }) => `${cost} ${accuracy}` },
  )

  test('every point is on the frontier or dominated by one that is', () => {
    fc.assert(
      fc.property(someResults, (choices) => {
        const given = choices.map(({ cost, accuracy }, index) => ({
          ...{ model: 'm', setting: String(index), seed: 1 },
          ...{ accuracy, bytes: cost },
        }))
        const { points, dominated } = pareto(given, { cost: 'bytes' })
        expect(points.length + dominated.length).toBe(given.length)
        for (const each of dominated) {
          expect(points.some((point) => point.cost <= each.cost && point.accuracy.mean >= each.accuracy.mean)).toBe(
            true,
          )
        }
        for (const [index, point] of points.slice(1).entries()) {
          expect(point.cost).toBeGreaterThan(points[index]!.cost)
          expect(point.accuracy.mean).toBeGreaterThan(points[index]!.accuracy.mean)
        }
      }),
    )
  })
})
