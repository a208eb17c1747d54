import type { Rounding } from '../../rounding/rounding.ts'
import type { GridValues } from './grid.ts'

/**
 * Codes of one range of weights: W_I = round((W - q₀) / Δ) + z, limited to 0 … greatest. The division is done in float64,
 * where it is exact enough that no code differs from the formula's.
 *
 * @param codes written to; as long as the weights
 * @param first the place of the first weight in its tensor, for roundings that depend on it
 */
export function encodeRange(
  weights: Float32Array,
  { step, offset, zeroPoint }: GridValues,
  greatest: number,
  rounding: Rounding,
  codes: Uint8Array,
  first = 0,
): void {
  for (let index = 0; index < weights.length; index++) {
    // With step 0 all weights equal the offset.
    const code = step === 0 ? zeroPoint : rounding((weights[index]! - offset) / step, first + index) + zeroPoint
    codes[index] = Math.max(0, Math.min(code, greatest))
  }
}

/**
 * Values of the codes of one range: Q = Δ (W_I - z) + q₀, in float64, rounded to f32 once.
 *
 * @param decoded written to; as long as the codes
 */
export function decodeRange(codes: Uint8Array, { step, offset, zeroPoint }: GridValues, decoded: Float32Array): void {
  for (let index = 0; index < codes.length; index++) decoded[index] = step * (codes[index]! - zeroPoint) + offset
}
