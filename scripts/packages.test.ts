import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))

describe.each(folders)('%s', (folder) => {
  const manifest = manifestOf(folder)

  test('publishes its sources and what they compile to, without tests', () => {
    expect(manifest.files).toEqual(
      expect.arrayContaining(['dist', 'src', '!**/*.test.*', '!**/.test', '!**/*.tsbuildinfo']),
    )
  })

  test('publishes its license', () => {
    expect(existsSync(join(root, folder, 'LICENSE'))).toBe(true)
  })

  test('leads to its sources by the condition @tlc/source, first of all', () => {
    const conditions = Object.values(manifest.exports as object).filter((target) => typeof target === 'object')
    expect(conditions.length).toBeGreaterThan(0)
    for (const each of conditions) expect(Object.keys(each)[0]).toBe('@tlc/source')
  })
})

test.each(['.', ...folders, 'packages/experiments/bench'])('%s pins every dependency to one version', (folder) => {
  const { dependencies, devDependencies } = manifestOf(folder)
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version as string),
  )
  expect(ranges).toEqual([])
})

test('every dependency has its row in decision 0006', () => {
  const record = readFileSync(join(root, 'docs/decisions/0006-libraries-for-what-is-not-the-point.md'), 'utf8')
  const named = ['.', ...folders, 'packages/experiments/bench'].flatMap((folder) => {
    const { dependencies, devDependencies, peerDependencies } = manifestOf(folder)
    return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
  })
  expect(named.filter((name) => !name.startsWith('@tlc/') && !record.includes(`\`${name}\``))).toEqual([])
})
