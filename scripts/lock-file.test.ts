import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  readonly resolved?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const packages = packagesOf('../package-lock.json')

function packagesOf(lockFile: string): Readonly<Record<string, Locked>> {
  return JSON.parse(readFileSync(new URL(lockFile, import.meta.url), 'utf8')).packages
}

/** The folders where Node looks for what a package at `path` imports, nearest first. */
function searchFolders(path: string): readonly string[] {
  const parts = path.split('/')
  return parts
    .map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/node_modules/`)
    .concat('node_modules/')
}

// npm drops the binaries of other platforms when it writes a lock file beside an installed node_modules, and `npm ci`
// then fails there, or everywhere: delete node_modules and package-lock.json together before `npm install`.
test('the lock file holds the optional binaries of every platform', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !searchFolders(path).some((folder) => packages[folder + name])),
  )
  expect(missing).toEqual([])
})

test('lock files hold no registry address', () => {
  for (const locked of [
    packages,
    packagesOf('../packages/experiments/bench/package-lock.json'),
    packagesOf('../oracle/package-lock.json'),
  ]) {
    const addresses = Object.values(locked).flatMap(({ resolved, link }) => (resolved && !link ? [resolved] : []))
    expect(addresses).toEqual([])
  }
})
