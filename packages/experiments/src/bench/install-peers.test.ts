import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPeers } from './install-peers.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peers-'))
})
afterAll(() => rm(directory, { recursive: true }))

const lock = (version: string) => JSON.stringify({ packages: { '': {}, 'node_modules/peer': { version } } })

test('without a project to install there is an error that says what to do', async () => {
  const install = installPeers(() => undefined, join(directory, 'missing'))
  await expect(install).rejects.toThrow(/listed in the repository only.*run `npm run bench` there.*--no-peers/)
})

test('what is installed as its lockfile says is left alone; what npm cannot install is an error', async () => {
  const said: string[] = []
  const installed = JSON.stringify({ packages: { 'node_modules/peer': { version: '1.2.3' } } })
  await mkdir(join(directory, 'node_modules'))
  await writeFile(join(directory, 'node_modules', '.package-lock.json'), installed)
  await writeFile(join(directory, 'package-lock.json'), lock('1.2.3'))
  await installPeers((text) => void said.push(text), directory)
  expect(said).toEqual([])
  // There is no package.json, so npm refuses before it asks a registry.
  await writeFile(join(directory, 'package-lock.json'), lock('1.2.4'))
  const install = installPeers((text) => void said.push(text), directory)
  await expect(install).rejects.toThrow(/npm could not install.*package\.json.*registry can be reached.*--no-peers/s)
  expect(said).toHaveLength(1)
})
