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
  /** at least; a sample is many calls if a call is short */
  readonly seconds: number
  /** of a call, as far as known: what a sample begins to count with */
  readonly expected?: number
}

/** A call that takes longer is a sample by itself. */
const long = 0.01

/**
 * Seconds of a call, once for each sample, by benchmark.js, which first finds out how many calls make a sample that the
 * clock can resolve. A promise is waited for.
 */
export async function secondsOf(
  run: () => void | Promise<void>,
  { samples, seconds, expected = 0 }: Patience,
): Promise<readonly number[]> {
  const minTime = seconds / samples / 2
  const options = {
    minSamples: samples,
    minTime,
    maxTime: seconds / 2,
    // A little more than should do, or a second count would be needed.
    initCount: Math.max(1, Math.ceil((1.1 * minTime) / (expected || minTime))),
  }
  if (expected < long) {
    const first = run()
    if (!(first instanceof Promise)) return samplesOf(new Benchmark(run, options).run())
    await first
  }
  // benchmark.js runs a function of this kind exactly as often as it counts; others once or twice more.
  return new Promise((resolve, reject) => {
    const deferred = (deferred: { resolve: () => void }): void =>
      void Promise.resolve()
        .then(run)
        .then(() => deferred.resolve(), reject)
    const done = ({ target }: Benchmark.Event): void => {
      try {
        resolve(samplesOf(target as unknown as Benchmark))
      } catch (error) {
        reject(error)
      }
    }
    new Benchmark({ ...options, defer: true, fn: deferred, onComplete: done }).run()
  })
}

/**
 * Seconds of a call on a device that computes later: a sample is as many calls as are expected to take its time, and
 * waiting for what they compute.
 */
export async function secondsOnDevice(
  run: () => void | Promise<void>,
  finish: () => Promise<void>,
  { samples, seconds, expected = seconds }: Patience,
): Promise<readonly number[]> {
  const calls = Math.max(1, Math.ceil(seconds / samples / expected))
  const found: number[] = []
  while (found.length < samples) {
    const start = performance.now()
    for (let call = 0; call < calls; call++) await run()
    await finish()
    found.push((performance.now() - start) / 1000 / calls)
  }
  return found
}

function samplesOf(benchmark: Benchmark): readonly number[] {
  // benchmark.js catches what a run throws; its types do not say so.
  const failure = (benchmark as { error?: Error }).error
  if (failure) throw failure
  return benchmark.stats.sample
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
