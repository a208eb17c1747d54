import type { Shape } from '@tlc/tensor'
import { checkWeights } from '../check-weights.ts'
import type { Scheme } from '../scheme.ts'
import { type Granularity, spanAt, spansOf } from './affine/granularity.ts'

/** How weights become -1, 0 and +1. */
export interface TernaryOptions {
  /** what shares a step; `tensor` by default */
  readonly granularity?: Granularity
  /** the share of mean |w| below which a weight becomes 0; 0.7 by default, near the best for normal and for even weights */
  readonly threshold?: number
}

/** Weights as -1, 0 and +1 times a step. */
export interface TernaryCodes {
  readonly scheme: 'ternary'
  readonly shape: Shape
  readonly granularity: Granularity
  /** 0, 1, 2 for -1, 0, +1 */
  readonly codes: Uint8Array
  /** α of each range */
  readonly steps: Float32Array
}

/**
 * Ternary weights: t = sign(w) where |w| > 0.7 mean|w|, else 0, and α = mean |w| over those that are not 0, the step
 * that is best for them in squares.
 *
 * @throws RangeError if the threshold is not within 0 … 1, a group is no whole number >= 1, or a weight is not finite
 * @see Li, Zhang & Liu 2016, Ternary Weight Networks, eq. 3, 6
 */
export function ternary({ granularity = 'tensor', threshold = 0.7 }: TernaryOptions = {}): Scheme<TernaryCodes> {
  if (!(threshold >= 0 && threshold < 1)) {
    throw new RangeError(`ternary: threshold must be within 0 <= threshold < 1 (of mean |w|), got ${threshold}`)
  }
  return {
    encode(weight, shape) {
      checkWeights('ternary', weight, shape)
      const spans = spansOf(granularity, shape)
      const codes = new Uint8Array(weight.length)
      const steps = Float32Array.from({ length: spans.count }, (_, range) => {
        const bounds = spanAt(spans, range)
        return encodeSpan(weight.subarray(...bounds), threshold, codes.subarray(...bounds))
      })
      return { scheme: 'ternary', shape, granularity, codes, steps }
    },
    decode: decodeTernary,
  }
}

/** α t of each code, f32. */
export function decodeTernary({ codes, steps, granularity, shape }: TernaryCodes): Float32Array {
  const spans = spansOf(granularity, shape)
  const decoded = new Float32Array(codes.length)
  for (let range = 0; range < spans.count; range++) {
    const [start, end] = spanAt(spans, range)
    // + 0 turns -0 into 0.
    for (let index = start; index < end; index++) decoded[index] = (codes[index]! - 1) * steps[range]! + 0
  }
  return decoded
}

/** Writes the codes of one range; returns its step. */
function encodeSpan(weight: Float32Array, threshold: number, codes: Uint8Array): number {
  const limit = (threshold * weight.reduce((sum, each) => sum + Math.abs(each), 0)) / weight.length
  let kept = 0
  let sum = 0
  for (let index = 0; index < weight.length; index++) {
    const each = weight[index]!
    codes[index] = Math.abs(each) > limit ? 1 + Math.sign(each) : 1
    if (codes[index] === 1) continue
    kept++
    sum += Math.abs(each)
  }
  return kept === 0 ? 0 : sum / kept
}
