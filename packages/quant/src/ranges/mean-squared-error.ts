import { power } from '../power.ts'
import { nearest } from '../rounding/rounding.ts'
import { type GridName, grids } from '../schemes/affine/grid.ts'
import { extremes, type Range, type RangeRule } from './range-rule.ts'
import { Samples } from './samples.ts'

/** How ranges are tried. */
export interface MeanSquaredErrorOptions {
  /** parts that the full range is divided into, 100 by default */
  readonly steps?: number
  /** the part of the range that may be cut off, in as many trials of one step each; 0.2 by default */
  readonly shrink?: number
  /** of the error |w - Q(w)|: 2 is the mean square; 2.4, which minds large errors more, by default */
  readonly norm?: number
}

/**
 * Of the ranges (1 - i / steps) · [low, high], i = 0, 1 … shrink · steps - 1, the one with the least Σ |w - Q(w)|^norm, of
 * equal ones the widest. It holds all values; for very many see `histogram`. With norm 2 all engines choose alike; other
 * powers are the engine's own, to the last digit, and two trials that err alike to that digit may change places.
 *
 * @throws RangeError if steps are not a whole number >= 1, shrink is not within 0 < shrink <= 1, or norm is not > 0
 * @see Frantar et al. 2023, GPTQ (the authors' code, with norm 2.4)
 */
export function meanSquaredError(options: MeanSquaredErrorOptions = {}): RangeRule {
  const { steps = 100, shrink = 0.2, norm = 2.4 } = options
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new RangeError(`meanSquaredError: steps must be a whole number >= 1, got ${steps}; 100 is usual`)
  }
  if (!(shrink > 0 && shrink <= 1)) {
    throw new RangeError(`meanSquaredError: shrink must be within 0 < shrink <= 1, got ${shrink}; 0.2 is usual`)
  }
  if (!(norm > 0)) throw new RangeError(`meanSquaredError: norm must be > 0, got ${norm}; 2 and 2.4 are usual`)
  return ({ bits, grid }) => {
    const samples = new Samples()
    return {
      observe: (values) => samples.add(values),
      range() {
        const values = samples.all()
        const full = extremes(values)
        const trials = Array.from({ length: Math.max(1, Math.floor(shrink * steps)) }, (_, trial): Range => {
          const kept = 1 - trial / steps
          return { low: kept * full.low, high: kept * full.high }
        })
        const errors = trials.map((range) => errorOn(values, range, { bits, grid, norm }))
        return trials[errors.indexOf(Math.min(...errors))]!
      },
    }
  }
}

function errorOn(
  values: Float32Array,
  { low, high }: Range,
  { bits, grid, norm }: { readonly bits: number; readonly grid: GridName; readonly norm: number },
): number {
  const { step, offset, zeroPoint } = grids[grid].fit(low, high, bits)
  const greatest = 2 ** bits - 1
  let error = 0
  for (const value of values) {
    const code = step === 0 ? zeroPoint : nearest((value - offset) / step) + zeroPoint
    const decoded = step * (Math.max(0, Math.min(code, greatest)) - zeroPoint) + offset
    const missed = Math.abs(value - decoded)
    error += norm === 2 ? missed * missed : power(missed, norm)
  }
  return error
}
