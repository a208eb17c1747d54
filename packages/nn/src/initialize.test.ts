import { key, openBackend, type Tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { constant, kaimingNormal, kaimingUniform, truncatedNormal, xavierNormal, xavierUniform } from './initialize.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

async function moments(x: Tensor): Promise<{ mean: number; deviation: number; largest: number }> {
  const values = [...(await x.data())]
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance), largest: Math.max(...values.map(Math.abs)) }
}

// 20,000 draws: the deviation of a sample's deviation is about 0.5% of it; 2% is four of those, and the keys are fixed.
const shape = [200, 100]
const close = 0.02

describe('initializers', () => {
  test('truncated normal has the deviation and the bounds of the normal distribution cut at two', async () => {
    const { mean, deviation, largest } = await moments(truncatedNormal(0.5)(key(1), shape))
    // √(1 - 4 φ(2) / (2 Φ(2) - 1))
    expect(Math.abs(deviation / (0.5 * 0.8796256610342398) - 1)).toBeLessThan(close)
    expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(largest).toBeLessThanOrEqual(1)
    expect(largest).toBeGreaterThan(0.99)
  })

  test('truncated normal has the quantiles of its distribution', async () => {
    const values = [...(await truncatedNormal(1)(key(2), shape).data())].sort((a, b) => a - b)
    // Φ⁻¹(Φ(-2) + q (Φ(2) - Φ(-2))) for q = 0.1, 0.5, 0.9; 0.03 is four deviations of a sample's quantile.
    for (const [q, expected] of [
      [0.1, -1.1843],
      [0.5, 0],
      [0.9, 1.1843],
    ] as const) {
      expect(Math.abs(values[q * values.length]! - expected)).toBeLessThan(0.03)
    }
  })

  test('Xavier keeps the variance 2 / (in + out), Kaiming 2 / in', async () => {
    for (const [initialize, expected] of [
      [xavierUniform(), Math.sqrt(2 / 300)],
      [xavierNormal(), Math.sqrt(2 / 300)],
      [kaimingUniform(), Math.sqrt(2 / 100)],
      [kaimingNormal(), Math.sqrt(2 / 100)],
    ] as const) {
      const { mean, deviation } = await moments(initialize(key(3), shape))
      expect(Math.abs(deviation / expected - 1)).toBeLessThan(close)
      expect(Math.abs(mean)).toBeLessThan(4 * (expected / Math.sqrt(20_000)))
    }
  })

  test('a constant is that, a key names one weight, and a vector has no fan', async () => {
    expect([...(await constant(3)(key(1), [2]).data())]).toEqual([3, 3])
    expect(await truncatedNormal()(key(4), [9]).data()).toEqual(await truncatedNormal()(key(4), [9]).data())
    expect(() => xavierUniform()(key(1), [3])).toThrow('needs a weight [out, in], got shape [3]')
  })
})
