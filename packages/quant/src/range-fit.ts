import { type GridName, type GridValues, grids } from './grid.ts'
import { nearest } from './rounding.ts'

/** Lays a grid of 2^bits values over some weights. */
type RangeFit = (weights: Float32Array | Float64Array, grid: GridName, bits: number) => GridValues

/** How a range is chosen: from the least weight to the greatest, or so that the error is least. */
export type RangeFitName = 'extremes' | 'leastError'

/** Every way to choose a range, by name. */
export const rangeFits: { readonly [Name in RangeFitName]: RangeFit } = {
  extremes(weights, grid, bits) {
    const [low, high] = extremesOf(weights)
    return grids[grid].fit(low, high, bits)
  },
  /**
   * The least Σ |w - Q(w)|^2.4 of 80 ranges: p times the extremes with p = 1, 0.99 … 0.21; of equal ones the widest.
   * Cutting off a few outliers makes the steps of all others smaller.
   *
   * @see Frantar et al. 2022, GPTQ, the authors' code with `mse`
   */
  leastError(weights, grid, bits) {
    const [low, high] = extremesOf(weights)
    let best = grids[grid].fit(low, high, bits)
    let least = errorOf(weights, best, bits)
    for (let cut = 1; cut < 80; cut++) {
      const share = 1 - cut / 100
      const values = grids[grid].fit(share * low, share * high, bits)
      const error = errorOf(weights, values, bits, least)
      if (error < least) [best, least] = [values, error]
    }
    return best
  },
}

function extremesOf(weights: Float32Array | Float64Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const each of weights) {
    if (each < low) low = each
    if (each > high) high = each
  }
  return [low, high]
}

/** Σ |w - Q(w)|^2.4, or, as soon as that is not below a limit, Infinity. */
function errorOf(
  weights: Float32Array | Float64Array,
  { step, offset, zeroPoint }: GridValues,
  bits: number,
  limit: number = Number.POSITIVE_INFINITY,
): number {
  let error = 0
  for (const weight of weights) {
    const code = step === 0 ? zeroPoint : nearest((weight - offset) / step) + zeroPoint
    const clamped = Math.max(0, Math.min(code, 2 ** bits - 1))
    error += Math.abs(weight - (step * (clamped - zeroPoint) + offset)) ** 2.4
    if (error >= limit) return Number.POSITIVE_INFINITY
  }
  return error
}
