import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Backend } from '@tlc/tensor'
import type { Environment } from '../results.ts'
import { environmentOf } from '../study/environment.ts'

/** What the figures depend on besides the code that is measured. */
export interface BenchmarkEnvironment extends Environment {
  /** which build of the kernels, where a backend has several */
  readonly build: string | null
  /** rows x columns of the products' innermost loop, where a backend has several */
  readonly tile: string | null
  readonly v8: string
  /** of the sources, with a + if they were changed since; null outside a repository */
  readonly commit: string | null
  /** ISO 8601 */
  readonly startedAt: string
  /** mean number of processes that wanted a core in the minute before: near 0 on a quiet machine */
  readonly loadBefore: number
  /** whether samples were few, to see that all works */
  readonly quick: boolean
}

export function describeEnvironment(
  backend: Backend,
  threads: number,
  quick: boolean,
  version: string,
): BenchmarkEnvironment {
  return {
    ...environmentOf(backend.name, threads, version),
    build: (backend as { readonly build?: string }).build ?? null,
    tile: (backend as { readonly tile?: string }).tile ?? null,
    v8: process.versions.v8,
    commit: commit(),
    startedAt: new Date().toISOString(),
    loadBefore: loadavg()[0]!,
    quick,
  }
}

/** How long a run took. */
export interface Duration {
  readonly seconds: number
  /** what the process computed in that time, on all threads: much less, and others took the cores */
  readonly processorSeconds: number
}

/** Starts a clock; calling it reads it. */
export function startClock(): () => Duration {
  const start = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { seconds: (performance.now() - start) / 1000, processorSeconds: (user + system) / 1e6 }
  }
}

function commit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    // An installed package may lie in someone else's repository, which does not know this file.
    git('ls-files', '--error-unmatch', fileURLToPath(new URL('../../package.json', import.meta.url)))
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '')
  } catch {
    return null
  }
}
