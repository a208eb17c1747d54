import type { Shape } from '@tlc/tensor'
import { checkWeights } from '../../check-weights.ts'
import { fitGrid } from '../../ranges/fit-grid.ts'
import { minMax } from '../../ranges/min-max.ts'
import type { RangeRule } from '../../ranges/range-rule.ts'
import { nearest, type Rounding } from '../../rounding/rounding.ts'
import type { Scheme } from '../../scheme.ts'
import { type Granularity, spanAt, spansOf } from './granularity.ts'
import { type GridName, type GridValues, grids } from './grid.ts'
import { decodeRange, encodeRange } from './range.ts'

/** How a k-bit grid is laid over weights. */
export interface AffineOptions {
  /** k, 1 to 8 */
  readonly bits: number
  /** `tensor` by default, as (it seems) in the paper */
  readonly granularity?: Granularity
  /** `minmax`, the paper's, by default; `zeroExact` or `symmetric` for pruned weights */
  readonly grid?: GridName
  /** how far a range reaches; `minMax` by default, from the least to the greatest weight */
  readonly range?: RangeRule
  /** `nearest` by default */
  readonly rounding?: Rounding
}

/** What decoding needs to know beside the numbers. */
export interface AffineFormat {
  readonly shape: Shape
  readonly bits: number
  readonly granularity: Granularity
  readonly grid: GridName
}

/** Weights on affine grids. */
export interface AffineCodes extends AffineFormat {
  readonly scheme: 'affine'
  /** W_I, one for each weight, 0 … 2^k - 1 */
  readonly codes: Uint8Array
  /** Δ of each range */
  readonly steps: Float32Array
  /** q₀ of each range, on a grid that stores it; else empty */
  readonly offsets: Float32Array
  /** z of each range, on a grid that stores it; else empty */
  readonly zeroPoints: Uint8Array
}

/**
 * Uniform k-bit quantization over ranges of weights:
 * W_I = round((W - q₀) / Δ) and Q(W) = Δ · W_I + q₀, or Δ (W_I - z) on a grid with a zero point.
 *
 * Steps and offsets are f32 before codes are chosen, so that what is stored is what was used; the arithmetic is exact in
 * float64 and Q is rounded to f32 once. Hence |W - Q(W)| <= Δ/2 + |Q| 2⁻²⁴, and on a grid with a zero point another
 * Δ 2^(k-24) at the ends of the range. On the minmax grid equal weights (Δ = 0) are kept exactly. Weights beyond a range
 * that does not reach them become its nearest end.
 *
 * @throws RangeError if bits are not 1 to 8, or (in encode) a weight is NaN, infinite or 2^126 and more
 * @see Li et al. 2020, section 4.1 (recalled, not verified)
 */
export function affine(options: AffineOptions): Scheme<AffineCodes> {
  const { bits, granularity = 'tensor', grid = 'minmax', range = minMax, rounding = nearest } = options
  checkBits(bits)
  return {
    encode(weight, shape) {
      const spans = spansOf(granularity, shape)
      checkWeights('affine', weight, shape)
      const values = Array.from({ length: spans.count }, (_, index) =>
        fitGrid(weight.subarray(...spanAt(spans, index)), range, { bits, grid }),
      )
      return affineCodes(weight, { shape, bits, granularity, grid }, values, rounding)
    },
    decode: decodeAffine,
  }
}

/** Codes of weights on grids that are given, one for each range. */
export function affineCodes(
  weight: Float32Array,
  format: AffineFormat,
  values: readonly GridValues[],
  rounding: Rounding,
): AffineCodes {
  const spans = spansOf(format.granularity, format.shape)
  const codes = new Uint8Array(weight.length)
  const greatest = 2 ** format.bits - 1
  for (const [range, value] of values.entries()) {
    const bounds = spanAt(spans, range)
    encodeRange(weight.subarray(...bounds), value, greatest, rounding, codes.subarray(...bounds), bounds[0])
  }
  return { scheme: 'affine', ...format, codes, ...storedRanges(values, format.grid) }
}

/** Q(W) of weights on affine grids, f32. */
export function decodeAffine(encoded: AffineCodes): Float32Array {
  const { codes } = encoded
  const spans = spansOf(encoded.granularity, encoded.shape)
  const decoded = new Float32Array(codes.length)
  for (const [range, values] of rangesOf(encoded).entries()) {
    const bounds = spanAt(spans, range)
    decodeRange(codes.subarray(...bounds), values, decoded.subarray(...bounds))
  }
  return decoded
}

/** The values that the weights of each range may take. */
export function rangesOf(encoded: AffineCodes): GridValues[] {
  return Array.from(encoded.steps, (step, range) => ({
    step,
    offset: encoded.offsets[range] ?? 0,
    zeroPoint: zeroPointOf(encoded, range),
  }))
}

/** What of ranges is stored; the inverse of `rangesOf`. */
export function storedRanges(
  values: readonly GridValues[],
  grid: GridName,
): Pick<AffineCodes, 'steps' | 'offsets' | 'zeroPoints'> {
  const { stores } = grids[grid]
  return {
    steps: Float32Array.from(values, ({ step }) => step),
    offsets: Float32Array.from(stores === 'offset' ? values : [], ({ offset }) => offset),
    zeroPoints: Uint8Array.from(stores === 'zeroPoint' ? values : [], ({ zeroPoint }) => zeroPoint),
  }
}

/** z of a range: stored, or implied by the grid. */
export function zeroPointOf({ zeroPoints, grid, bits }: AffineCodes, range: number): number {
  return zeroPoints[range] ?? grids[grid].impliedZeroPoint(bits)
}

/** @throws RangeError unless bits are a whole number from 1 to 8 */
export function checkBits(bits: number): void {
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 8)) {
    throw new RangeError(`bits must be a whole number from 1 to 8, got ${bits}`)
  }
}
