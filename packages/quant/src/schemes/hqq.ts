import type { Shape } from '@tlc/tensor'
import { checkWeights } from '../check-weights.ts'
import { power } from '../power.ts'
import { nearest } from '../rounding/rounding.ts'
import type { Scheme } from '../scheme.ts'
import { type AffineCodes, affineCodes, checkBits, decodeAffine } from './affine/affine.ts'
import { type Granularity, spanAt, spansOf } from './affine/granularity.ts'
import type { GridValues } from './affine/grid.ts'

/** How zero points are fitted. */
export interface HqqOptions {
  /** k, 1 to 8 */
  readonly bits: number
  /** what shares a scale and a zero point; groups of 64 by default */
  readonly granularity?: Granularity
  /** p of the error's norm, 0 < p < 1: the less, the more outliers are forgiven; 0.7 by default */
  readonly norm?: number
  /** β, how tightly the error is held to what is shrunk; 10 by default */
  readonly beta?: number
  /** β grows by it in each round; 1.01 by default */
  readonly growth?: number
  /** at most; 20 by default. It ends before when the mean error stops falling. */
  readonly rounds?: number
}

/** One range in the course of the fit: code = round(w · scale + zero). */
interface Fitted {
  readonly values: Float32Array
  readonly scale: number
  zero: number
}

/**
 * Half-quadratic quantization: the zero points with the least Σ |w - Q(w)|^p, p < 1, without any data. It alternates
 *
 *     e = shrink(w - Q(w), β),   shrink(x, β) = sign(x) · max(|x| - |x|^(p-1) / β, 0)
 *     z = mean(code - (w - e) · scale),   β ← 1.01 β
 *
 * from the scale of the range's ends. The result is on the `minmax` grid: step 1 / scale, offset -z / scale.
 *
 * @throws RangeError for bits, groups or settings that cannot be, or a weight that is not finite
 * @see Badri & Shaji 2023, Half-Quadratic Quantization of Large Machine Learning Models
 */
export function hqq(options: HqqOptions): Scheme<AffineCodes> {
  const { bits, granularity = { group: 64 }, norm = 0.7, beta = 10, growth = 1.01, rounds = 20 } = options
  checkBits(bits)
  if (!(norm > 0 && norm < 1)) throw new RangeError(`hqq: norm must be within 0 < p < 1, got ${norm}; 0.7 is usual`)
  if (!(beta > 0 && growth >= 1))
    throw new RangeError(`hqq: beta must be > 0 and growth >= 1, got ${beta} and ${growth}`)
  if (!(Number.isInteger(rounds) && rounds >= 0))
    throw new RangeError(`hqq: rounds must be a whole number, got ${rounds}`)
  return {
    encode(weight, shape) {
      checkWeights('hqq', weight, shape)
      const ranges = startingRanges(weight, shape, granularity, bits)
      fitZeros(ranges, { greatest: 2 ** bits - 1, norm, beta, growth, rounds })
      return affineCodes(weight, { shape, bits, granularity, grid: 'minmax' }, ranges.map(gridOf), nearest)
    },
    decode: decodeAffine,
  }
}

function startingRanges(weight: Float32Array, shape: Shape, granularity: Granularity, bits: number): Fitted[] {
  const spans = spansOf(granularity, shape)
  return Array.from({ length: spans.count }, (_, index) => {
    const values = weight.subarray(...spanAt(spans, index))
    const low = values.reduce((least, each) => Math.min(least, each))
    const high = values.reduce((most, each) => Math.max(most, each))
    const scale = high === low ? 1 : (2 ** bits - 1) / (high - low)
    return { values, scale, zero: -low * scale }
  })
}

interface FitSettings {
  readonly greatest: number
  readonly norm: number
  readonly beta: number
  readonly growth: number
  readonly rounds: number
}

/** All ranges move together, until the mean error of all stops falling. */
function fitZeros(ranges: readonly Fitted[], settings: FitSettings): void {
  const size = ranges.reduce((sum, { values }) => sum + values.length, 0)
  let { beta } = settings
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < settings.rounds; round++) {
    const error = ranges.reduce((sum, range) => sum + fitZero(range, beta, settings), 0) / size
    beta *= settings.growth
    if (error >= least) return
    least = error
  }
}

/** Moves one zero point; returns Σ |w - Q(w)| from before. */
function fitZero(range: Fitted, beta: number, { greatest, norm }: FitSettings): number {
  const { values, scale, zero } = range
  let error = 0
  let sum = 0
  for (const value of values) {
    const code = Math.max(0, Math.min(greatest, nearest(value * scale + zero)))
    const missed = value - (code - zero) / scale
    const size = Math.abs(missed)
    const shrunk = size === 0 ? 0 : Math.sign(missed) * Math.max(0, size - power(size, norm - 1) / beta)
    error += size
    sum += code - (value - shrunk) * scale
  }
  range.zero = sum / values.length
  return error
}

function gridOf({ scale, zero }: Fitted): GridValues {
  return { step: Math.fround(1 / scale), offset: Math.fround(-zero / scale) + 0, zeroPoint: 0 }
}
