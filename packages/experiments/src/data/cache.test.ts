import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cached, defaultCacheDirectory, writeWhole } from './cache.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-cache-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('the cache lies in the cache directory of the system, or where TLC_CACHE says', () => {
  expect(defaultCacheDirectory({ TLC_CACHE: '/data/cache' }, 'linux')).toBe('/data/cache')
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/tlc')
  expect(defaultCacheDirectory({}, 'linux')).toMatch(/\/\.cache\/tlc$/)
  expect(defaultCacheDirectory({}, 'darwin')).toMatch(/\/Library\/Caches\/tlc$/)
  expect(defaultCacheDirectory({}, 'win32')).toMatch(/AppData.Local.tlc.Cache$/)
})

test('an artifact is built once, and again if its files are damaged or missing', async () => {
  let built = 0
  const build = async (): Promise<{ facts: { size: number }; bytes: Uint8Array }> => {
    built++
    return { facts: { size: 3 }, bytes: Uint8Array.of(1, 2, 3) }
  }
  const path = join(directory, 'artifact', 'key')
  const load = async (): Promise<number> => {
    const { facts, bytes } = await cached(path, build)
    expect({ facts, bytes: [...bytes] }).toEqual({ facts: { size: 3 }, bytes: [1, 2, 3] })
    return built
  }
  expect(await load()).toBe(1)
  expect(await load()).toBe(1)
  await writeFile(`${path}.bin`, Uint8Array.of(1, 2, 4))
  expect(await load()).toBe(2)
  await writeFile(`${path}.json`, '{"sha256":')
  expect(await load()).toBe(3)
  await rm(`${path}.json`)
  expect(await load()).toBe(4)
  expect((await readdir(join(directory, 'artifact'))).sort()).toEqual(['key.bin', 'key.json'])
})

test('a file that cannot be written whole is not written at all, and the error says what to do', async () => {
  const blocked = join(directory, 'a-file')
  await writeFile(blocked, 'x')
  await expect(writeWhole(join(blocked, 'inside'), 'y')).rejects.toThrow(
    /cannot write .*inside.*; free disk space, or set TLC_CACHE/,
  )
  expect(await readFile(blocked, 'utf8')).toBe('x')
  expect(await readdir(directory)).toContain('a-file')
  expect((await readdir(directory)).filter((name) => name.endsWith('.part'))).toEqual([])
})
