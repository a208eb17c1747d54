import { availableParallelism } from 'node:os'
import type { BenchmarkOptions } from './run-benchmarks.ts'
import type { SubjectKind, SubjectSpec } from './subjects/subject.ts'

/** In Node they use one thread, whatever the machine has. */
const single: readonly SubjectKind[] = ['jax-js', 'tfjs']
const threaded: readonly SubjectKind[] = ['onnxruntime-web', 'onnxruntime-node']

/** Whom to ask: this project on each runtime, then the others, each with as many threads. */
export function specsOf(
  options: Pick<BenchmarkOptions, 'backend' | 'threads' | 'strict' | 'node' | 'peers'>,
): SubjectSpec[] {
  const { backend: kind = 'wasm', threads, strict = false, node = [], peers = false } = options
  if (kind === 'reference') return [{ kind, threads: 1 }]
  const counts = threads === undefined ? [...new Set([1, availableParallelism()])] : [threads]
  const own = [undefined, ...node].flatMap((executable) =>
    counts.map((threads) => ({ kind, threads, strict, ...(executable !== undefined && { node: executable }) })),
  )
  if (!peers) return own
  return [
    ...own,
    ...single.map((kind) => ({ kind, threads: 1 })),
    ...threaded.flatMap((kind) => counts.map((threads) => ({ kind, threads }))),
  ]
}
