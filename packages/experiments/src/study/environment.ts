import { availableParallelism, cpus } from 'node:os'
import type { Environment } from '../results.ts'

/** What the numbers of this process depend on besides the seed. */
export function environmentOf(backend: string, threads: number, version: string): Environment {
  return {
    backend,
    threads,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    version,
  }
}
