import { describe, expect, test } from 'vitest'
import { distributionOf, secondsOf, secondsOnDevice } from './measure.ts'

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

  test('on a device that computes later are those of as many calls as make a sample, with waiting for it', async () => {
    const calls: string[] = []
    const run = () => void calls.push('run')
    const finish = async () => {
      calls.push('finish')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const seconds = await secondsOnDevice(run, finish, { samples: 2, seconds: 0.02, expected: 0.004 })
    expect(calls).toEqual([...new Array(3).fill('run'), 'finish', ...new Array(3).fill('run'), 'finish'])
    // A timer may fire a little early, not by half.
    for (const each of seconds) expect(each).toBeGreaterThan(0.01 / 3)
    calls.length = 0
    await secondsOnDevice(run, finish, { samples: 1, seconds: 0.02, expected: 1 })
    expect(calls).toEqual(['run', 'finish'])
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
