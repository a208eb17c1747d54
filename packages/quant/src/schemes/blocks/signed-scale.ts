import { nearestWhole } from './half.ts'

const f = Math.fround

/** Weights as scale · (code - half). */
export interface SignedFit {
  readonly scale: number
  /** 0 … 2 half - 1 */
  readonly codes: Uint8Array
}

/** Weights whose largest is below this are zeros. */
const nothing = f(1e-15)

/**
 * The scale with the least Σ w² (scale · c - w)², c = -half … half - 1, found by rounding the weights on 19 grids around the
 * one that puts the largest of them on -half, and solving the least squares for the codes of each. Every step in f32, in
 * the order of the reference.
 */
export function fitScale(weights: Float32Array, half: number): SignedFit {
  const largest = weights.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0)
  if (Math.abs(largest) < nothing) return { scale: 0, codes: new Uint8Array(weights.length) }
  let inverse = f(-half / largest)
  let { sumProduct, sumSquare } = sums(weights, inverse, half)
  let scale = sumSquare === 0 ? 0 : f(sumProduct / sumSquare)
  let best = f(scale * sumProduct)
  for (let trial = -9; trial <= 9; trial++) {
    if (trial === 0) continue
    const other = f(-f(half + f(f(0.1) * trial)) / largest)
    ;({ sumProduct, sumSquare } = sums(weights, other, half))
    if (!(sumSquare > 0 && f(sumProduct * sumProduct) > f(best * sumSquare))) continue
    inverse = other
    scale = f(sumProduct / sumSquare)
    best = f(scale * sumProduct)
  }
  return { scale, codes: Uint8Array.from(weights, (each) => half + levelOf(each, inverse, half)) }
}

function levelOf(weight: number, inverse: number, half: number): number {
  return Math.max(-half, Math.min(half - 1, nearestWhole(f(inverse * weight))))
}

/** Σ w² · w c and Σ w² · c². */
function sums(weights: Float32Array, inverse: number, half: number): { sumProduct: number; sumSquare: number } {
  let [sumProduct, sumSquare] = [0, 0]
  for (const weight of weights) {
    const level = levelOf(weight, inverse, half)
    const importance = f(weight * weight)
    sumProduct = f(sumProduct + f(f(importance * weight) * level))
    sumSquare = f(sumSquare + f(f(importance * level) * level))
  }
  return { sumProduct, sumSquare }
}
