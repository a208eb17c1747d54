import { availableParallelism } from 'node:os'
import type { BenchmarkOptions } from './run-benchmarks.ts'
import type { Driver, SubjectKind, SubjectSpec } from './subjects/subject.ts'

/** In Node they use one thread, whatever the machine has. */
const single: readonly SubjectKind[] = ['jax-js', 'tfjs']
const onWebgpu: readonly SubjectKind[] = ['jax-js', 'tfjs']
const threaded: readonly SubjectKind[] = ['onnxruntime-web', 'onnxruntime-node']

/** Whom to ask: this project in each way, that of its studies first, then the others, each with as many threads. */
export function specsOf(
  options: Pick<BenchmarkOptions, 'backend' | 'threads' | 'strict' | 'wide' | 'node' | 'peers'>,
  driver?: Driver,
): SubjectSpec[] {
  const { backend: kind = 'wasm', threads, strict = false, wide = true, node = [], peers = false } = options
  if (kind === 'reference') return [{ kind, threads: 1 }]
  if (kind === 'webgpu') {
    const kinds: readonly SubjectKind[] = peers ? [kind, ...onWebgpu] : [kind]
    return kinds.map((kind) => ({ kind, threads: 1, ...(driver && { driver }) }))
  }
  const counts = threads === undefined ? [...new Set([1, availableParallelism()])] : [threads]
  const ways = [...(wide ? [{ wide: true }] : []), { wide: false }, ...node.map((executable) => ({ node: executable }))]
  const own = ways.flatMap((way) => counts.map((threads) => ({ kind, threads, strict, ...way })))
  if (!peers) return own
  return [
    ...own,
    ...single.map((kind) => ({ kind, threads: 1 })),
    ...threaded.flatMap((kind) => counts.map((threads) => ({ kind, threads }))),
  ]
}
