import Benchmark from 'benchmark'
import { quantile } from '../statistics/index.ts'

/** Many measurements of one quantity, in its unit. */
export interface Distribution {
  readonly median: number
  readonly lowerQuartile: number
  readonly upperQuartile: number
  readonly samples: number
}

/** How long to measure. */
export interface Patience {
  /** the fewest samples */
  readonly samples: number
  /** for each case, at least; a sample is many calls if a call is short */
  readonly seconds: number
}

export const thorough: Patience = { samples: 10, seconds: 0.5 }
export const hasty: Patience = { samples: 3, seconds: 0.03 }

/**
 * Seconds of a call, once for each sample, by benchmark.js, which first finds out how many calls make a sample that the
 * clock can resolve.
 */
export function secondsOf(run: () => void, { samples, seconds }: Patience): readonly number[] {
  warmUp(run, seconds)
  const minTime = seconds / samples
  const benchmark = new Benchmark(run, { minSamples: samples, minTime, maxTime: seconds }).run()
  // benchmark.js catches what a run throws; its types do not say so.
  const failure = (benchmark as { error?: Error }).error
  if (failure) throw failure
  return benchmark.stats.sample
}

/** Lets the engine compile with all optimizations, and caches and memory pools fill. */
function warmUp(run: () => void, seconds: number): void {
  const end = performance.now() + 1000 * Math.min(seconds, 0.2)
  do run()
  while (performance.now() < end)
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    samples: sorted.length,
  }
}
