export type { BenchmarkEnvironment } from './environment.ts'
export { installPeers } from './install-peers.ts'
export type { BenchmarkReport } from './report.ts'
export { type BenchmarkOptions, type BenchmarkOutcome, runBenchmarks } from './run-benchmarks.ts'
