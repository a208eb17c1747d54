import type { Shape } from '@tlc/tensor'
import { checkWeights } from '../check-weights.ts'
import type { Scheme } from '../scheme.ts'
import { checkBits } from './affine/affine.ts'

/** How many values weights may share, and whether 0 is one of them. */
export interface CodebookOptions {
  /** of an index, 1 to 8: 2^bits centroids */
  readonly bits: number
  /** Lloyd's rounds at most; 50 by default */
  readonly rounds?: number
  /** Keeps one centroid at 0, so that pruned weights stay 0; false by default. */
  readonly zero?: boolean
}

/** Weights as indices into a table of values. */
export interface CodebookCodes {
  readonly scheme: 'codebook'
  readonly shape: Shape
  readonly bits: number
  /** an index for each weight, 0 … 2^bits - 1 */
  readonly codes: Uint8Array
  /** 2^bits values, ascending; where fewer would do, the last repeats */
  readonly centroids: Float32Array
}

/**
 * Weight sharing: every weight becomes the nearest of 2^bits centroids, found by Lloyd's k-means from evenly spaced ones
 * over [min, max], the start that keeps large weights represented. Of two centroids as near, the lower.
 * Weights of no more distinct values than there are centroids are kept exactly. So encoding what was decoded changes nothing.
 *
 * In one dimension clusters are intervals: with the weights sorted and summed once, a round costs
 * O(2^bits · log n) instead of O(n).
 *
 * @throws RangeError if bits are not 1 to 8, rounds not a whole number >= 0, or a weight is not finite
 * @see Han et al. 2016, Deep Compression, section 3
 */
export function codebook({ bits, rounds = 50, zero = false }: CodebookOptions): Scheme<CodebookCodes> {
  checkBits(bits)
  if (!(Number.isInteger(rounds) && rounds >= 0)) {
    throw new RangeError(`codebook: rounds must be a whole number >= 0, got ${rounds}; 50 is usual`)
  }
  return {
    encode(weight, shape) {
      checkWeights('codebook', weight, shape)
      const centroids = fitCentroids(weight, { bits, rounds, zero })
      return { scheme: 'codebook', shape, bits, codes: nearestCentroids(weight, centroids), centroids }
    },
    decode: decodeCodebook,
  }
}

/** The centroid of each code, f32. */
export function decodeCodebook({ codes, centroids }: CodebookCodes): Float32Array {
  const decoded = new Float32Array(codes.length)
  for (let index = 0; index < codes.length; index++) decoded[index] = centroids[codes[index]!]!
  return decoded
}

function fitCentroids(weight: Float32Array, { bits, rounds, zero }: Required<CodebookOptions>): Float32Array {
  const sorted = weight.slice().sort()
  const count = 2 ** bits
  const distinct = distinctValues(sorted, zero, count)
  if (distinct) return distinct
  const sums = prefixSums(sorted)
  let centroids = evenlySpaced(sorted[0]!, sorted.at(-1)!, count)
  const pinned = zero ? nearestIndex(centroids, 0) : -1
  if (pinned >= 0) centroids[pinned] = 0
  for (let round = 0; round < rounds; round++) {
    const moved = lloydRound(sorted, sums, centroids, pinned)
    if (moved.every((each, index) => each === centroids[index])) break
    centroids = moved
  }
  return Float32Array.from(centroids).sort()
}

/** The values themselves, with 0 if it is asked for, if there are no more than `count`; the last repeated to fill up. */
function distinctValues(sorted: Float32Array, zero: boolean, count: number): Float32Array | undefined {
  // Adding 0 makes -0 a 0.
  const found = new Set<number>(zero ? [0] : [])
  for (const value of sorted) {
    found.add(value + 0)
    if (found.size > count) return undefined
  }
  const values = Float32Array.from(found).sort()
  return Float32Array.from({ length: count }, (_, index) => values[Math.min(index, values.length - 1)]!)
}

/** Σ of the first n values, for n = 0 … length. */
function prefixSums(sorted: Float32Array): Float64Array {
  const sums = new Float64Array(sorted.length + 1)
  for (let index = 0; index < sorted.length; index++) sums[index + 1] = sums[index]! + sorted[index]!
  return sums
}

function evenlySpaced(low: number, high: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1))
}

/** Every centroid becomes the mean of the weights that are nearest to it; one without any, and the pinned one, stay. */
function lloydRound(sorted: Float32Array, sums: Float64Array, centroids: Float64Array, pinned: number): Float64Array {
  const moved = centroids.slice()
  let start = 0
  for (let index = 0; index < centroids.length; index++) {
    const isLast = index === centroids.length - 1
    const end = isLast ? sorted.length : countUpTo(sorted, (centroids[index]! + centroids[index + 1]!) / 2)
    if (end > start && index !== pinned) moved[index] = (sums[end]! - sums[start]!) / (end - start)
    start = Math.max(start, end)
  }
  return moved
}

/** How many of ascending values are no greater than a limit. */
function countUpTo(sorted: Float32Array | Float64Array, limit: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}

function nearestIndex(centroids: ArrayLike<number>, value: number): number {
  let nearest = 0
  for (let index = 1; index < centroids.length; index++) {
    if (Math.abs(value - centroids[index]!) < Math.abs(value - centroids[nearest]!)) nearest = index
  }
  return nearest
}

/** The index of the nearest centroid for each weight, by the midpoints between them. */
function nearestCentroids(weight: Float32Array, centroids: Float32Array): Uint8Array {
  const midpoints = Float64Array.from(
    { length: centroids.length - 1 },
    (_, index) => (centroids[index]! + centroids[index + 1]!) / 2,
  )
  const codes = new Uint8Array(weight.length)
  for (let index = 0; index < weight.length; index++) codes[index] = countBelow(midpoints, weight[index]!)
  return codes
}

/** How many of ascending values are less than a limit. */
function countBelow(ascending: Float64Array, limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}
