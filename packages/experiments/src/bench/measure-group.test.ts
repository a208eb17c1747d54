import { expect, test } from 'vitest'
import type { Case, Group } from './case.ts'
import type { Member } from './crew.ts'
import { measureGroup } from './measure-group.ts'
import { type BenchmarkReport, failuresOf, wrongOnes } from './report.ts'

/** A case whose right result is 7; nobody but us is asked. */
function sevenfold(row: string): Case {
  return {
    row,
    column: 'times',
    work: 1e9,
    prepare: () => Promise.reject(new Error('is prepared in other processes')),
    verifier: async () => (results) => ({ error: Math.abs(results[0]![0]! - 7), tolerance: 0.5 }),
  }
}

const groupOf = (cases: readonly Case[], comparedBy?: Group['comparedBy']): Group => ({
  name: 'a group',
  title: 'Some',
  unit: 'GFLOP/s',
  cases,
  ...(comparedBy && { comparedBy }),
})

interface Behaviour {
  /** no kernel without one */
  readonly result?: number
  /** whether samples fail */
  readonly breaks?: boolean
}

const peer = { kind: 'jax-js', threads: 1 } as const

/** Someone who writes down what is asked. */
function member(name: string, asked: string[], { result, breaks = false }: Behaviour): Member {
  return {
    name,
    spec: { kind: 'wasm', threads: 1 },
    async ask(order) {
      asked.push(
        `${name} ${order.kind}${'name' in order ? order.name.replace('a group', '').replace(' times', '') : ''}`,
      )
      if (order.kind === 'prepare') {
        if (result === undefined) return { kind: 'absent', reason: 'no kernel' }
        return { kind: 'prepared', results: [[result]], seconds: 0.01 }
      }
      if (order.kind === 'release') return { kind: 'released' }
      return breaks ? { kind: 'failed', message: 'died' } : { kind: 'sampled', seconds: [0.5, 0.25, 0.75] }
    },
  }
}

test('a case is timed by turns where it is right, and nowhere else', async () => {
  const asked: string[] = []
  const members = [
    member('right', asked, { result: 7 }),
    member('wrong', asked, { result: 8 }),
    member('not a number', asked, { result: Number.NaN }),
    member('lacking', asked, {}),
    member('also right', asked, { result: 7.1 }),
    member('breaking', asked, { result: 7, breaks: true }),
  ]
  const group = groupOf([sevenfold('seven')])
  const measurements = await measureGroup(group, { members }, { quick: true })
  expect(measurements.map(({ figure }) => figure?.median)).toEqual([2, undefined, undefined, undefined, 2, undefined])
  expect(measurements.map(({ note }) => note)).toEqual([null, null, null, 'no kernel', null, 'failed: died'])
  // The median of a round's samples, once for each round.
  expect(measurements[0]!.samples).toEqual([
    [0, 2],
    [1, 2],
  ])
  expect(measurements[5]!.samples).toEqual([])
  const samples = asked.filter((each) => each.includes('sample'))
  expect(samples.map((each) => each.replace(' sample seven', ''))).toEqual([
    'right',
    'also right',
    'breaking',
    'also right',
    'right',
  ])
  expect(asked.filter((each) => each.includes('release'))).toEqual([
    'wrong release seven',
    'not a number release seven',
    'right release seven',
    'also right release seven',
  ])
  const subjects = members.map(({ name, spec }) => ({ name, setup: name, spec, description: null, note: null }))
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

test('cases that are compared take turns, and are kept ready until the last set that they are in', async () => {
  const asked: string[] = []
  const members = [member('A', asked, { result: 7 })]
  const group = groupOf(['copy', 'exp', 'log'].map(sevenfold), ({ row }) => (row === 'copy' ? ['exp', 'log'] : [row]))
  const begun: string[] = []
  const measurements = await measureGroup(group, { members }, { quick: true }, (set) =>
    begun.push(set.map(({ row }) => row).join(' ')),
  )
  expect(begun).toEqual(['copy exp', 'copy log'])
  const round = (...rows: readonly string[]): string[] => rows.map((row) => `A sample ${row}`)
  expect(asked).toEqual([
    ...['A prepare copy', 'A prepare exp', ...round('copy', 'exp'), ...round('exp', 'copy'), 'A release exp'],
    ...['A prepare log', ...round('copy', 'log'), ...round('log', 'copy'), 'A release copy', 'A release log'],
  ])
  const rounds = measurements.map(({ row, samples }) => [row, ...samples.map(([number]) => number)])
  expect(rounds).toEqual([
    ['copy', 0, 1, 2, 3],
    ['exp', 0, 1],
    ['log', 2, 3],
  ])
})

test('others take part in the first of the sets that a case is in: only ours are compared across cases', async () => {
  const asked: string[] = []
  const members = [member('A', asked, { result: 7 }), { ...member('B', asked, { result: 7 }), spec: peer }]
  const call = { op: 'times', make: () => Promise.reject(new Error('is made in other processes')) }
  const cases = ['row', 'column', 'both'].map((row) => ({ ...sevenfold(row), call }))
  const group = groupOf(cases, ({ row }) => (row === 'both' ? ['row', 'column'] : [row]))
  const measurements = await measureGroup(group, { members }, { quick: false, rounds: 1 })
  expect(asked.filter((order) => order.includes('sample both'))).toEqual([
    'A sample both',
    'B sample both',
    'A sample both',
  ])
  expect(measurements.every(({ figure }) => figure)).toBe(true)
})
