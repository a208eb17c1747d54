import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, labelledReviews, saveTinyModel } from './tiny-models.ts'
import { type Outcome, scratch, tlc } from './tlc.ts'

let root: string
const at = (name: string): string => join(root, name)
const sweep = (...more: readonly string[]): Promise<Outcome> =>
  tlc(['sweep', '--model', at('model'), '--recipes', at('recipes.json'), '--out', at('runs'), '--json', ...more], {
    environment: { TLC_CACHE: at('cache') },
  })

beforeAll(async () => {
  root = await scratch()
  const reviews = labelledReviews(1000, 3)
  await writeFile(at('reviews.tsv'), reviews)
  await saveTinyModel(at('model'), reviews)
  const recipes = {
    'as it is': [{ encode: {} }],
    '../8 bits': [{ quantize: { bits: 8 } }],
    '2 bits': [{ quantize: { bits: 2 } }],
  }
  await writeFile(at('recipes.json'), JSON.stringify(recipes))
}, 60_000)
afterAll(() => rm(root, { recursive: true }))

describe('tlc sweep', () => {
  test('tells of each recipe what it makes of the model, and which no other beats; done once, it is not done again', async () => {
    const first = await sweep('--data', at('reviews.tsv'))
    expect(first, first.stderr).toMatchObject({ status: 0 })
    const rows = events(first).filter(({ recipe }) => recipe !== undefined)
    expect(rows.map(({ recipe }) => recipe)).toEqual(['as it is', '../8 bits', '2 bits'])
    const bytes = rows.map((row) => Number(row.bytes))
    expect(bytes.toSorted((a, b) => b - a)).toEqual(bytes)
    // Nothing was changed. Steps of 2 bits are 255 / 3 times as long as those of 8, 38.6 dB, where errors spread evenly over
    // them; over so few steps they do not quite.
    expect(rows[0]!.decibels).toBeNull()
    expect(Number(rows[1]!.decibels) - Number(rows[2]!.decibels)).toBeGreaterThan(25)
    expect(rows.at(-1)!.onFrontier).toBe(true) // nothing is as small
    // A name is no path.
    expect((await readdir(root)).sort()).toEqual(['cache', 'model', 'recipes.json', 'reviews.tsv', 'runs'])
    expect(await readdir(at('runs'))).toHaveLength(3)
    const again = await sweep('--data', at('reviews.tsv'))
    expect(events(again).filter(({ recipe }) => recipe !== undefined)).toEqual(rows)
  })

  test('needs data to judge by', async () => {
    const { status, stderr } = await sweep()
    expect(status).toBe(1)
    expect(stderr).toContain('give --data')
  })
})
