import { extremes, type Range, type RangeRule } from './range-rule.ts'

/** Counts of values in bins of equal width over low … high; those of a bin are taken as spread evenly over it. */
interface Counts extends Range {
  readonly counts: Float64Array
}

/**
 * A range with a small expected squared error, from counts of values in bins: the ends move inward, past a hundred
 * thousandth of the values at a time, on the side where that skips more bins, as long as the error falls. The error is that
 * of 2^bits cells that divide the range, each standing for its middle. Memory does not grow with what is observed.
 *
 * @param bins 2048 by default
 * @throws RangeError if bins are not a whole number >= 2
 * @see PyTorch, torch.ao.quantization.HistogramObserver, whose search this is
 */
export function histogram(bins = 2048): RangeRule {
  if (!(Number.isInteger(bins) && bins >= 2)) {
    throw new RangeError(`histogram: bins must be a whole number >= 2, got ${bins}; 2048 is usual`)
  }
  return ({ bits }) => {
    let seen: Counts | undefined
    return {
      observe(values) {
        const batch = extremes(values)
        const low = Math.min(seen?.low ?? batch.low, batch.low)
        const high = Math.max(seen?.high ?? batch.high, batch.high)
        const counts = new Float64Array(bins)
        if (seen) spread(seen, { low, high, counts })
        count(values, { low, high, counts })
        seen = { low, high, counts }
      },
      range: () => narrow(seen ?? { ...extremes(new Float32Array(0)), counts: new Float64Array(0) }, bits),
    }
  }
}

function count(values: Float32Array, { low, high, counts }: Counts): void {
  const perBin = (high - low) / counts.length || 1
  for (const value of values) counts[Math.min(counts.length - 1, Math.floor((value - low) / perBin))]!++
}

/** Adds counts to those over a wider range, in proportion to how bins overlap. */
function spread(from: Counts, into: Counts): void {
  const fromWidth = (from.high - from.low) / from.counts.length
  const intoWidth = (into.high - into.low) / into.counts.length || 1
  const last = into.counts.length - 1
  const binAt = (x: number): number => Math.max(0, Math.min(last, Math.floor((x - into.low) / intoWidth)))
  for (const [bin, held] of from.counts.entries()) {
    if (held === 0) continue
    const start = from.low + bin * fromWidth
    const end = start + fromWidth
    for (let target = binAt(start); target <= binAt(end); target++) {
      const overlap =
        Math.min(end, into.low + (target + 1) * intoWidth) - Math.max(start, into.low + target * intoWidth)
      into.counts[target]! += fromWidth === 0 ? held : (held * Math.max(0, overlap)) / fromWidth
      if (fromWidth === 0) break
    }
  }
}

function narrow(seen: Counts, bits: number): Range {
  const { low, high, counts } = seen
  const width = (high - low) / counts.length
  const total = counts.reduce((sum, each) => sum + each, 0)
  const upTo = cumulative(counts)
  let [first, last] = [0, counts.length - 1]
  let [alpha, beta] = [0, 1]
  let least = Number.POSITIVE_INFINITY
  const rangeOf = (from: number, to: number): Range => ({ low: low + from * width, high: low + (to + 1) * width })
  while (alpha < beta) {
    const [nextAlpha, nextBeta] = [alpha + quantileStep, beta - quantileStep]
    let [from, to] = [first, last]
    while (from < last && upTo[from]! < nextAlpha * total) from++
    while (to > first && upTo[to]! > nextBeta * total) to--
    const movesLow = from - first > last - to
    if (movesLow) alpha = nextAlpha
    else beta = nextBeta
    const [nextFirst, nextLast] = movesLow ? [from, last] : [first, to]
    if (nextFirst === first && nextLast === last) continue
    const error = expectedError(seen, rangeOf(nextFirst, nextLast), bits)
    if (error > least) break
    least = error
    first = nextFirst
    last = nextLast
  }
  return rangeOf(first, last)
}

/** The share of all values by which an end moves. */
const quantileStep = 1e-5

function cumulative(counts: Float64Array): Float64Array {
  let sum = 0
  return counts.map((each) => (sum += each))
}

/**
 * Σ over bins of count · mean (x - middle of its cell)², 2^bits cells dividing the range; beyond it the first and the last
 * cell count. A bin's integral is the difference of an antiderivative at its ends.
 */
function expectedError({ low, high, counts }: Counts, range: Range, bits: number): number {
  const cells = 2 ** bits
  const cell = (range.high - range.low) / cells
  if (cell === 0) return 0
  const width = (high - low) / counts.length
  const integral = (x: number): number => {
    const index = Math.max(0, Math.min(cells - 1, Math.floor(x / cell)))
    return (index * cell ** 3) / 12 + ((x - (index + 0.5) * cell) ** 3 + (cell / 2) ** 3) / 3
  }
  let error = 0
  let before = integral(low - range.low)
  for (const [bin, held] of counts.entries()) {
    const after = integral(low + (bin + 1) * width - range.low)
    error += (held / width) * (after - before)
    before = after
  }
  return error
}
