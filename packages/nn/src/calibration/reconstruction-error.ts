import { formatShape, type Shape } from '@tlc/tensor'
import type { InputStatistics } from './input-statistics.ts'
import { subtractCombination } from './subtract-combination.ts'

/** How far the outputs of a linear layer are from those before its weight W was changed to W'. */
export interface ReconstructionError {
  /** mean (W x - W' x)², over outputs and inputs */
  readonly meanSquare: number
  /** mean (W x)², what the error is to be seen against */
  readonly signal: number
  /** signal to noise, 10 log₁₀ (signal / meanSquare), in decibels; Infinity if nothing changed */
  readonly decibels: number
}

/**
 * The output error of a changed weight on the inputs that statistics were collected of, without the inputs:
 * Σ ‖(W - W') x‖² = tr((W - W') G (W - W')ᵀ) with G = Σ x xᵀ.
 *
 * @param original W `[out, in]`, row-major
 * @param compressed W', likewise
 * @throws RangeError if the sizes do not fit, or the statistics have no gram
 */
export function reconstructionError(
  original: Float32Array,
  compressed: Float32Array,
  input: InputStatistics,
): ReconstructionError {
  const { size, count } = input
  const gram = gramOf(input, [original.length / size, size])
  if (original.length !== compressed.length) {
    throw new RangeError(`reconstructionError: ${original.length} original weights, ${compressed.length} compressed`)
  }
  let noise = 0
  let power = 0
  const row = new Float64Array(size)
  for (let start = 0; start < original.length; start += size) {
    for (let j = 0; j < size; j++) row[j] = original[start + j]! - compressed[start + j]!
    noise += quadraticForm(row, gram)
    row.set(original.subarray(start, start + size))
    power += quadraticForm(row, gram)
  }
  const outputs = (original.length / size) * count
  const decibels = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(power / noise)
  return { meanSquare: noise / outputs, signal: power / outputs, decibels }
}

/**
 * v G vᵀ of a symmetric G: for a row of weights Σ (v x)², the power of that output. Not below 0, as rounding could make it.
 *
 * @param gram `[n, n]` row-major, n the length of v
 */
export function quadraticForm(v: Float64Array, gram: Float64Array): number {
  const n = v.length
  const negative = new Float64Array(n)
  let total = 0
  // Of each band of rows what is right of the diagonal block stands for the mirrored half, too.
  for (let band = 0; band < n; band += bandRows) {
    const end = Math.min(band + bandRows, n)
    const products = negative.fill(0).subarray(band)
    subtractCombination(products, v.subarray(band, end), gram, band * n + band, n)
    for (let j = band; j < end; j++) total -= products[j - band]! * v[j]!
    for (let j = end; j < n; j++) total -= 2 * products[j - band]! * v[j]!
  }
  return Math.max(0, total)
}

const bandRows = 64

/**
 * Σ x xᵀ of the inputs of a weight `[out, in]`.
 *
 * @throws RangeError if it was not collected, or is of another size than the weight's rows
 */
export function gramOf({ gram, size }: InputStatistics, shape: Shape): Float64Array {
  if (!gram) throw new RangeError('the statistics have no gram; collect them with collectInputs(…, { gram: true })')
  if (shape.length !== 2 || shape[1] !== size || !Number.isInteger(shape[0])) {
    throw new RangeError(
      `a weight ${formatShape(shape)} does not fit inputs of ${size} features; expected [out, ${size}]`,
    )
  }
  return gram
}
