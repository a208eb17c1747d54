import { nearestWhole } from './half.ts'

const f = Math.fround

/** Weights as scale · code - minimum. */
export interface Fit {
  readonly scale: number
  /** what is subtracted, >= 0 */
  readonly minimum: number
  /** 0 … 15 */
  readonly codes: Uint8Array
}

interface Candidate extends Fit {
  /** Σ importance · (weight - value)² */
  readonly error: number
}

const greatestCode = 15
/** Scales that are tried: that of the range, and those that would need 14 to 16 codes, in steps of a tenth. */
const trials = 21

/**
 * The scale and minimum with the least Σ importance · (scale · c - minimum - w)², found by rounding the weights on 21 grids
 * and solving the least squares for the codes of each. Every step in f32, in the order of the reference.
 */
export function fitScaleAndMinimum(weights: Float32Array, importance: Float32Array): Fit {
  let low = Math.min(0, weights[0]!)
  let high = weights[0]!
  let [sumWeight, sumX] = [importance[0]!, f(importance[0]! * weights[0]!)]
  for (let index = 1; index < weights.length; index++) {
    low = Math.min(low, weights[index]!)
    high = Math.max(high, weights[index]!)
    sumWeight = f(sumWeight + importance[index]!)
    sumX = f(sumX + f(importance[index]! * weights[index]!))
  }
  if (high === low) return { scale: 0, minimum: -low, codes: new Uint8Array(weights.length) }
  const inverse = f(greatestCode / f(high - low))
  let best = measured(
    { scale: f(1 / inverse), minimum: -low, codes: codesOn(weights, inverse, low) },
    weights,
    importance,
  )
  let bottom = low
  for (let trial = 0; trial < trials; trial++) {
    const finer = f(f(f(-1 + f(f(0.1) * trial)) + greatestCode) / f(high - bottom))
    const solved = solve(weights, importance, codesOn(weights, finer, bottom), { sumWeight, sumX })
    if (!solved) continue
    const candidate = measured(solved, weights, importance)
    if (!(candidate.error < best.error)) continue
    best = candidate
    // The next grids begin at the best minimum so far.
    bottom = -candidate.minimum
  }
  return best
}

function codesOn(weights: Float32Array, inverse: number, low: number): Uint8Array {
  const codes = new Uint8Array(weights.length)
  for (let index = 0; index < weights.length; index++) {
    const code = nearestWhole(f(inverse * f(weights[index]! - low)))
    codes[index] = Math.max(0, Math.min(greatestCode, code))
  }
  return codes
}

/** Scale and minimum of least squares for given codes; undefined where all codes are equal. */
function solve(
  weights: Float32Array,
  importance: Float32Array,
  codes: Uint8Array,
  { sumWeight, sumX }: { readonly sumWeight: number; readonly sumX: number },
): Fit | undefined {
  let [sumCode, sumSquare, sumProduct] = [0, 0, 0]
  for (let index = 0; index < weights.length; index++) {
    const code = codes[index]!
    const weighted = f(importance[index]! * code)
    sumCode = f(sumCode + weighted)
    sumSquare = f(sumSquare + f(weighted * code))
    sumProduct = f(sumProduct + f(weighted * weights[index]!))
  }
  const determinant = f(f(sumWeight * sumSquare) - f(sumCode * sumCode))
  if (!(determinant > 0)) return undefined
  const offset = f(f(f(sumSquare * sumX) - f(sumCode * sumProduct)) / determinant)
  if (offset > 0) return { scale: f(sumProduct / sumSquare), minimum: 0, codes }
  const scale = f(f(f(sumWeight * sumProduct) - f(sumX * sumCode)) / determinant)
  return { scale, minimum: -offset, codes }
}

function measured({ scale, minimum, codes }: Fit, weights: Float32Array, importance: Float32Array): Candidate {
  let error = 0
  for (let index = 0; index < weights.length; index++) {
    const difference = f(f(f(scale * codes[index]!) - minimum) - weights[index]!)
    error = f(error + f(importance[index]! * f(difference * difference)))
  }
  return { scale, minimum, codes, error }
}
