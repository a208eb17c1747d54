import { nearest } from '../../rounding/rounding.ts'

/** The values that a range of weights may take, by code c = 0 … 2^k - 1: step · (c - zeroPoint) + offset. */
export interface GridValues {
  /** Δ, f32; 0 when all weights are equal and the offset says it all */
  readonly step: number
  /** q₀, f32; 0 where the zero point does its work */
  readonly offset: number
  /** the code of the value 0, on grids that have one; else 0 */
  readonly zeroPoint: number
}

/** Lays a grid of 2^bits values over weights between low and high. */
export interface Grid {
  fit(low: number, high: number, bits: number): GridValues
  /** Which of the grid's values differ between ranges and must be stored. */
  readonly stores: 'offset' | 'zeroPoint' | 'nothing'
  /** z where it is not stored */
  impliedZeroPoint(bits: number): number
  /** Whether 0 is one of its values, so that a pruned weight stays pruned. */
  readonly zeroExact: boolean
}

/** How the values of a grid are placed. */
export type GridName = 'minmax' | 'zeroExact' | 'symmetric' | 'fullSymmetric'

/** Every grid by name. */
export const grids: { readonly [G in GridName]: Grid } = {
  /**
   * From the least to the greatest weight: q₀ = low, Δ = (high - low) / (2^k - 1).
   *
   * @see Li et al. 2020, section 4.1 (recalled, not verified); Shen et al. 2020, Q-BERT, section 3.1
   */
  minmax: {
    stores: 'offset',
    zeroExact: false,
    impliedZeroPoint: () => 0,
    // + 0 turns -0 into 0.
    fit: (low, high, bits) => ({ step: stepOf(high - low, 2 ** bits - 1), offset: low + 0, zeroPoint: 0 }),
  },
  /**
   * The range is first widened to include 0, then shifted by at most Δ/2 so that 0 falls on it:
   * Δ = (high - low) / (2^k - 1) with low <= 0 <= high, zero point z = round(-low / Δ), values Δ (c - z).
   *
   * @see Jacob et al. 2018, section 3.1
   */
  zeroExact: {
    stores: 'zeroPoint',
    zeroExact: true,
    impliedZeroPoint: () => 0,
    fit(low, high, bits) {
      const from = Math.min(low, 0)
      const levels = 2 ** bits - 1
      const step = stepOf(Math.max(high, 0) - from, levels)
      const zeroPoint = step === 0 ? 0 : Math.min(nearest(-from / step), levels)
      return { step, offset: 0, zeroPoint }
    },
  },
  /**
   * As far below 0 as above: Δ = max|w| / (2^(k-1) - 1), z = 2^(k-1), values Δ (c - z); code 0 is not used. Needs 2 bits.
   */
  symmetric: {
    stores: 'nothing',
    zeroExact: true,
    impliedZeroPoint: (bits) => 2 ** (bits - 1),
    fit(low, high, bits) {
      if (bits < 2) throw new RangeError(`a symmetric grid needs 2 bits or more, got ${bits}; use zeroExact`)
      const half = 2 ** (bits - 1)
      return { step: stepOf(Math.max(-low, high), half - 1), offset: 0, zeroPoint: half }
    },
  },
  /**
   * Finer than `symmetric` by using every code: Δ = 2 max|w| / (2^k - 1), z = 2^(k-1), values Δ (c - z). What is within
   * Δ/2 of max|w| is cut down to max|w| - Δ/2 on the side above 0.
   *
   * @see Frantar et al. 2022, GPTQ, the authors' code with `sym`; torch.ao.quantization, per_tensor_symmetric
   */
  fullSymmetric: {
    stores: 'nothing',
    zeroExact: true,
    impliedZeroPoint: (bits) => 2 ** (bits - 1),
    fit(low, high, bits) {
      const step = stepOf(2 * Math.max(-low, high), 2 ** bits - 1)
      return { step, offset: 0, zeroPoint: 2 ** (bits - 1) }
    },
  },
}

/**
 * range / levels as f32: the nearest, or, among the subnormal numbers where that could fall short of the range by more
 * than its last digits, the next above.
 */
function stepOf(range: number, levels: number): number {
  const step = Math.fround(range / levels)
  return step < leastNormal && levels * step < range ? step + leastFloat : step
}

/** The least f32 with 24 digits, and the least above 0. */
const leastNormal = 2 ** -126
const leastFloat = 2 ** -149
