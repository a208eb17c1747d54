import { expect, test } from 'vitest'
import { syntheticStudy } from '../test/synthetic-study.ts'
import { judge } from './hypotheses/index.ts'
import { parseResults, readResults } from './read-results.ts'

const results = judge(syntheticStudy({ items: 50, shapes: [[1, 32], [2, 32], [2, 64]] }))
const without = (change: (copy: any) => void) => {
  const copy = JSON.parse(JSON.stringify(results))
  change(copy)
  return () => parseResults(JSON.stringify(copy), 'results.json')
}

test('what a study writes comes back', () => {
  expect(parseResults(JSON.stringify(results), 'results.json')).toEqual(JSON.parse(JSON.stringify(results)))
})

test('a file cut short, another format or a missing field ends in an error that names it', () => {
  expect(() => parseResults(JSON.stringify(results).slice(0, 500), 'results.json')).toThrow('results.json is not JSON')
  expect(() => parseResults('[]', 'results.json')).toThrow('holds no results of a study')
  expect(without((copy) => (copy.format = 2))).toThrow('has format 2; this version of tlc reads format 1')
  expect(without((copy) => delete copy.environment)).toThrow('environment must be an object')
  expect(without((copy) => (copy.curves = {}))).toThrow('curves must be a list')
  expect(without((copy) => (copy.curves[3].seconds = 'fast'))).toThrow('curves[3].seconds must be a number, got "fast"')
  expect(without((copy) => (copy.compression[0].model = 'ghost'))).toThrow("compression names the model 'ghost'")
  expect(without((copy) => (copy.hypotheses[0].interval = { low: 0 }))).toThrow('hypotheses[0].interval must be')
})

test('a missing file says how to make one', async () => {
  await expect(readResults('no/such/results.json')).rejects.toThrow('no/such/results.json does not exist. Run a study first')
})
