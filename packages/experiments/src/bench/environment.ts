import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Adapter } from './subjects/subject.ts'

/** What the figures depend on besides the subjects. */
export interface BenchmarkEnvironment {
  readonly node: string
  readonly v8: string
  readonly platform: string
  readonly processor: string
  readonly cores: number
  /** of @tlc/experiments */
  readonly version: string
  /** of the sources, with a + if they were changed since; null outside a repository */
  readonly commit: string | null
  /** ISO 8601 */
  readonly startedAt: string
  /** mean number of processes that wanted a core in the minute before: near 0 on a quiet machine */
  readonly loadBefore: number
  /** whether samples were few, to see that all works */
  readonly quick: boolean
  /** what WebGPU computed on, where it did */
  readonly adapter?: Adapter
}

export function describeEnvironment(quick: boolean, version: string): BenchmarkEnvironment {
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    version,
    commit: commit(),
    startedAt: new Date().toISOString(),
    loadBefore: loadavg()[0]!,
    quick,
  }
}

/** How long a run took. */
export interface Duration {
  readonly seconds: number
  /** mean number of processes that wanted a core at its end: more than the threads of a subject, and others took the cores */
  readonly loadAfter: number
}

/** Starts a clock; calling it reads it. */
export function startClock(): () => Duration {
  const start = performance.now()
  return () => ({ seconds: (performance.now() - start) / 1000, loadAfter: loadavg()[0]! })
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
