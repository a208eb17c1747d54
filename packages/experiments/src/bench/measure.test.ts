import { describe, expect, test } from 'vitest'
import type { Case, Group } from './case.ts'
import type { Member } from './crew.ts'
import { distributionOf, secondsOf } from './measure.ts'
import { inTurn, measureCase } from './measure-case.ts'
import { type BenchmarkReport, failuresOf, wrongOnes } from './report.ts'

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

test('rounds begin with another one each time', () => {
  expect([0, 1, 2, 3].map((round) => inTurn(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc'])
  expect(inTurn([], 1)).toEqual([])
})

describe('a case', () => {
  const group: Group = { name: 'a group', title: 'Some', unit: 'GFLOP/s', cases: [] }
  const sevenfold: Case = {
    row: 'seven',
    column: 'times',
    work: 1e9,
    prepare: () => Promise.reject(new Error('is prepared in other processes')),
    verifier: async () => (results) => ({ error: Math.abs(results[0]![0]! - 7), tolerance: 0.5 }),
  }

  /** Someone whose result is given, and who writes down what is asked. */
  function member(name: string, result: number | undefined, asked: string[], breaks = false): Member {
    return {
      name,
      spec: { kind: 'wasm', threads: 1 },
      async ask({ kind }) {
        asked.push(`${name} ${kind}`)
        if (kind === 'prepare') {
          if (result === undefined) return { kind: 'absent', reason: 'no kernel' }
          return { kind: 'prepared', results: [[result]], seconds: 0.5 }
        }
        if (kind === 'sample') return breaks ? { kind: 'failed', message: 'died' } : { kind: 'sampled', seconds: [0.5] }
        return { kind: 'finished', facts: null, residentBytes: 1, lastLoss: Number.NaN }
      },
    }
  }

  test('is timed by turns where it is right, and nowhere else', async () => {
    const asked: string[] = []
    const members = [
      member('right', 7, asked),
      member('wrong', 8, asked),
      member('not a number', Number.NaN, asked),
      member('lacking', undefined, asked),
      member('also right', 7.1, asked),
      member('breaking', 7, asked, true),
    ]
    const measurements = await measureCase(group, sevenfold, { members }, true)
    expect(measurements.map(({ figure }) => figure?.median)).toEqual([2, undefined, undefined, undefined, 2, undefined])
    expect(measurements.map(({ note }) => note)).toEqual([null, null, null, 'no kernel', null, 'failed: died'])
    expect(asked.filter((each) => each.endsWith('sample'))).toEqual([
      'right sample',
      'also right sample',
      'breaking sample',
      'also right sample',
      'right sample',
    ])
    const subjects = members.map(({ name, spec }) => ({ name, spec, description: null, note: null }))
    const groups = [{ ...group, measurements }]
    const report = { groups, steps: [], subjects } as unknown as BenchmarkReport
    expect(wrongOnes(report).map(({ subject }) => subject)).toEqual(['wrong', 'not a number'])
    expect(failuresOf(report)).toEqual([
      'a group seven times (wrong)',
      'a group seven times (not a number)',
      'a group seven times (lacking: no kernel)',
      'a group seven times (breaking: failed: died)',
    ])
  })
})
