import { expect, test } from 'vitest'
import { syntheticStudy } from '../test/synthetic-study.ts'
import { judge } from './hypotheses/index.ts'
import { parseResults, readResults } from './read-results.ts'

const results = judge(
  syntheticStudy({
    items: 50,
    shapes: [
      [1, 32],
      [2, 32],
      [2, 64],
    ],
  }),
)

/** Parses the results with the value at a place, given by its keys, replaced. */
const changed = (keys: readonly (string | number)[], value: unknown) => () => {
  const copy: Record<string | number, unknown> = JSON.parse(JSON.stringify(results))
  const parent = keys.slice(0, -1).reduce((object, key) => object[key] as typeof copy, copy)
  parent[keys.at(-1)!] = value
  return parseResults(JSON.stringify(copy), 'results.json')
}

test('what a study writes comes back', () => {
  expect(parseResults(JSON.stringify(results), 'results.json')).toEqual(JSON.parse(JSON.stringify(results)))
})

test('a file cut short, another format or a wrong field ends in an error that names it', () => {
  expect(() => parseResults(JSON.stringify(results).slice(0, 500), 'results.json')).toThrow('results.json is not JSON')
  expect(() => parseResults('[]', 'results.json')).toThrow('the whole: Invalid input: expected object')
  expect(changed(['format'], 2)).toThrow('results.json has format 2; this version of tlc reads format 1')
  expect(changed(['environment'], undefined)).toThrow('environment: Invalid input: expected object, received undefined')
  expect(changed(['curves'], {})).toThrow('curves: Invalid input: expected array')
  expect(changed(['curves', 3, 'seconds'], 'fast')).toThrow(
    'curves[3].seconds: Invalid input: expected number, received string',
  )
  expect(changed(['hypotheses', 0, 'interval'], { low: 0 })).toThrow('hypotheses[0]: Invalid input')
  expect(changed(['compression', 0, 'model'], 'ghost')).toThrow("compression names the model 'ghost'")
})

test('a missing file says how to make one', async () => {
  await expect(readResults('no/such/results.json')).rejects.toThrow(
    'no/such/results.json does not exist. Run a study first',
  )
})
