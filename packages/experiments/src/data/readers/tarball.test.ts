import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesInTarball } from './tarball.ts'

const contents: Readonly<Record<string, string>> = {
  'a/empty': '',
  'a/block': 'x'.repeat(512),
  'a/long': 'many words '.repeat(100_000),
  'b/short': 'a word',
}
let directory = ''
let tarball: Uint8Array
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-tar-'))
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(join(directory, path, '..'), { recursive: true })
    await writeFile(join(directory, path), content)
  }
  await promisify(execFile)('tar', ['-czf', 'all.tgz', 'a', 'b'], { cwd: directory })
  tarball = await readFile(join(directory, 'all.tgz'))
})
afterAll(() => rm(directory, { recursive: true }))

async function read(archive: Uint8Array, paths: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { path, bytes } of filesInTarball(archive, paths))
    found[path] = (found[path] ?? '') + Buffer.from(bytes).toString()
  return found
}

test('the wanted files come out as tar put them in', async () => {
  expect(await read(tarball, ['a/long'])).toEqual({ 'a/long': contents['a/long'] })
  const { 'a/empty': _, ...full } = contents
  expect(await read(tarball, Object.keys(contents))).toEqual(full) // an empty file has no pieces
})

test('a file that is not there, and an archive that is cut short, are errors', async () => {
  await expect(read(tarball, ['a/block', 'c'])).rejects.toThrow('no file c in the archive')
  await expect(read(tarball.subarray(0, 300), ['a/long'])).rejects.toThrow()
  const archive = gunzipSync(tarball)
  const middle = archive.indexOf('many words ') + 700
  await expect(read(gzipSync(archive.subarray(0, middle)), ['a/long'])).rejects.toThrow('a/long is cut short')
})
