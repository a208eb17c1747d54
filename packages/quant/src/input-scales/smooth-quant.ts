import type { Module } from '@tlc/nn'
import type { InputStatistics } from '@tlc/nn/calibration'
import { power } from '../power.ts'
import { applyScales, type InputScaleOptions, inputGroups, weightsOf } from './input-scales.ts'

/** How much of the outliers of inputs goes to the weights. */
export interface SmoothQuantOptions extends InputScaleOptions {
  /** α, 0 (nothing) to 1 (all); 0.5 by default */
  readonly alpha?: number
}

/**
 * SmoothQuant: divides the inputs of layers by s_j = max|x_j|^α / max|W_:j|^(1-α) and multiplies the columns of their weights
 * by it, so that inputs, whose outliers sit in few features, become as easy to quantize as weights. The float model's
 * outputs stay the same but for rounding. Features that were 0 throughout keep their scale.
 *
 * @param statistics by the path of the layer
 * @returns s by the path of the layer
 * @throws RangeError if α is not from 0 to 1, or a path is not a linear layer's
 * @see Xiao et al. 2023, SmoothQuant, eq. 4
 */
export async function smoothQuant(
  model: Module,
  statistics: ReadonlyMap<string, InputStatistics>,
  options: SmoothQuantOptions = {},
): Promise<Map<string, Float32Array>> {
  const { alpha = 0.5 } = options
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`smoothQuant: alpha must be from 0 to 1, got ${alpha}`)
  const found = new Map<string, Float32Array>()
  for (const group of inputGroups(model, statistics, options)) {
    const scales = smoothingScales(await weightsOf(group), group.input, alpha)
    applyScales(model, group, scales)
    for (const path of group.paths) found.set(path, scales)
  }
  return found
}

function smoothingScales(
  weights: readonly Float32Array[],
  { size, absoluteMax }: InputStatistics,
  alpha: number,
): Float32Array {
  const most = new Float32Array(size).fill(1e-5)
  for (const weight of weights) {
    for (const [index, each] of weight.entries()) most[index % size] = Math.max(most[index % size]!, Math.abs(each))
  }
  return absoluteMax.map((each, j) =>
    each === 0 ? 1 : Math.max(power(each, alpha) / power(most[j]!, 1 - alpha), 1e-5),
  )
}
