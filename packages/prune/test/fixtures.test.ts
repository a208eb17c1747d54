import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const folder = new URL('./fixtures/', import.meta.url)
const sources = new URL('../src/', import.meta.url)

const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'))
const rows = (
  JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as { fixtures: { name: string; file: string }[] }
).fixtures
/** What stands in quotes in tests: names of fixtures, or how they begin. */
const quoted = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((name) => [...readFileSync(new URL(name, sources), 'utf8').matchAll(/'([a-z0-9_.-]{4,})'/g)])
  .map(([, text]) => text!)

describe('the numbers of other implementations', () => {
  it('are files with a row each', () => {
    expect(rows).toHaveLength(files.length)
    expect(new Set(rows.map(({ file }) => file))).toEqual(new Set(files))
  })

  it.each(rows)('$name is asked for by a test', ({ name, file }) => {
    expect(quoted.some((text) => name.startsWith(text) || file === text)).toBe(true)
  })
})
