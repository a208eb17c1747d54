import { expect, test } from 'vitest'
import { syntheticStudy } from '../../test/synthetic-study.ts'
import { judge } from '../hypotheses/index.ts'
import { summaryOf } from './summary.ts'

const study = judge(syntheticStudy({ items: 500 }))
const lines = summaryOf(study, { report: 'a/report.html', results: 'a/results.json' }).split('\n')

test('the summary has a row for each model', () => {
  const header = lines.findIndex((line) => line.startsWith('model '))
  const rows = lines.slice(header + 1, header + 1 + study.models.length)
  expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(study.models.map(({ name }) => name))
  for (const [index, { accuracy }] of study.fineTuning.entries()) {
    expect(rows[index]).toContain(`${(accuracy * 100).toFixed(1)}%`)
  }
})

test('the artefact it names is the smallest of those that lose at most half a percent of accuracy', () => {
  const name = study.models.at(-1)!.name
  const own = study.compression.filter(({ model }) => model === name)
  const enough = 0.995 * own.find(({ sparsity, bits }) => sparsity === 0 && bits === 32)!.accuracy
  const [best] = own.filter(({ accuracy }) => accuracy >= enough).sort((a, b) => a.bytes - b.bytes)
  const row = lines.find((line) => line.startsWith(`${name} `))!
  expect(row).toContain(`: ${best!.bits} bits, ${Math.round(best!.sparsity * 100)}% pruned, `)
  expect(own.some(({ bytes }) => bytes < best!.bytes)).toBe(true) // smaller ones there are, but they lose more
})

test('each hypothesis has a line with its verdict, and the end says where to read on', () => {
  for (const { id, verdict } of study.hypotheses) {
    expect(
      lines.some((line) => line.startsWith(id) && line.includes(verdict)),
      id,
    ).toBe(true)
  }
  expect(lines.slice(-2)).toEqual(['Report:  a/report.html', 'Numbers: a/results.json'])
})
