import { extremes, type RangeRule } from './range-rule.ts'
import { Samples } from './samples.ts'

/**
 * The middle p percent of all that was observed: of n sorted values those at (n - 1) (1 - p/100) / 2 from either end,
 * between two values in proportion. What lies beyond is clipped. It holds all values; for very many see `histogram`.
 *
 * @param percent p, 0 < p <= 100; 99.99 by default
 * @throws RangeError if p is not within 0 < p <= 100
 */
export function percentile(percent = 99.99): RangeRule {
  if (!(percent > 0 && percent <= 100)) {
    throw new RangeError(`percentile: p must be within 0 < p <= 100, got ${percent}; 99.9 and 99.99 are usual`)
  }
  return () => {
    const samples = new Samples()
    return {
      observe: (values) => samples.add(values),
      range() {
        const sorted = samples.all().sort()
        extremes(sorted)
        const cut = ((sorted.length - 1) * (100 - percent)) / 200
        return { low: between(sorted, cut), high: between(sorted, sorted.length - 1 - cut) }
      },
    }
  }
}

function between(sorted: Float32Array, place: number): number {
  const below = Math.floor(place)
  const [first, second] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
  return first + (place - below) * (second - first)
}
