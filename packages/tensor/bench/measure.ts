import { availableParallelism, cpus, loadavg } from 'node:os'
import Benchmark from 'benchmark'

/** A rate over the samples of a case. */
export interface Rate {
  readonly median: number
  readonly lowerQuartile: number
  readonly upperQuartile: number
  readonly samples: number
}

/**
 * GFLOP/s of a function, by benchmark.js: samples of many calls each, for about `seconds`.
 *
 * @param flops floating-point operations of one call
 */
export function measure(flops: number, run: () => void, seconds = 0.5): Rate {
  run()
  const benchmark = new Benchmark(run, { minSamples: 10, maxTime: seconds }).run()
  const failure = (benchmark as { error?: Error }).error
  if (failure) throw failure
  const rates = benchmark.stats.sample.map((time) => flops / time / 1e9).sort((a, b) => a - b)
  const at = (share: number) => rates[Math.round(share * (rates.length - 1))]!
  return { median: at(0.5), lowerQuartile: at(0.25), upperQuartile: at(0.75), samples: rates.length }
}

/** What the figures depend on besides the code. Load is that of the last minute: above 1 on one thread, others ran too. */
export function environment(build: string) {
  return {
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load: loadavg()[0],
    threads: 1,
    build,
  }
}

/** `41.2 (39-43)`: median and quartiles. */
export function format({ median, lowerQuartile, upperQuartile }: Rate): string {
  return `${median.toFixed(1)} (${lowerQuartile.toFixed(0)}-${upperQuartile.toFixed(0)})`
}

/** Numbers in -1..1, the same every time. */
export function numbers(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}
