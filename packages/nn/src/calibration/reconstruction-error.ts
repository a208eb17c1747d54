import { gramOf, quadraticForms } from './gram.ts'
import type { InputStatistics } from './input-statistics.ts'

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
  const sum = (weights: Float64Array): number => quadraticForms(weights, gram).reduce((total, each) => total + each, 0)
  const noise = sum(Float64Array.from(original, (each, index) => each - compressed[index]!))
  const power = sum(Float64Array.from(original))
  const outputs = (original.length / size) * count
  const decibels = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(power / noise)
  return { meanSquare: noise / outputs, signal: power / outputs, decibels }
}
