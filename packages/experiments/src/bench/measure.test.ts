import { describe, expect, test } from 'vitest'
import { distributionOf, secondsOf } from './measure.ts'

test('quartiles lie between samples as definition 7 says', () => {
  expect(distributionOf([4, 1, 3, 2])).toEqual({ median: 2.5, lowerQuartile: 1.75, upperQuartile: 3.25, samples: 4 })
})

describe('seconds of a call', () => {
  const patience = { samples: 3, seconds: 0.01 }

  test('are sampled as often as asked, also of calls that are waited for', async () => {
    const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 2))
    for (const run of [() => undefined, wait]) {
      const seconds = await secondsOf(run, patience)
      expect(seconds.length).toBeGreaterThanOrEqual(3)
      for (const each of seconds) expect(each).toBeGreaterThan(0)
    }
    // A timer may fire a little early, not by half.
    expect(Math.min(...(await secondsOf(wait, patience)))).toBeGreaterThan(0.001)
  })

  test('reject with what a call throws, at once or later', async () => {
    let calls = 0
    const later = async (): Promise<void> => {
      if (++calls > 2) throw new Error('out of order')
    }
    const now = (): void => {
      throw new Error('out of order')
    }
    await expect(secondsOf(now, patience)).rejects.toThrow('out of order')
    await expect(secondsOf(later, patience)).rejects.toThrow('out of order')
  })
})
