import type { Module } from '@tlc/nn'
import { gramOf, type InputStatistics, quadraticForms } from '@tlc/nn/calibration'
import { scope, tensor } from '@tlc/tensor'
import { power } from '../power.ts'
import { type AffineOptions, affine } from '../schemes/affine/affine.ts'
import { clipWeights } from './clip-weights.ts'
import { applyScales, type InputScaleOptions, inputGroups, weightsOf } from './input-scales.ts'

/** The grid that weights will be put on, and what AWQ does for it. */
export interface AwqOptions extends InputScaleOptions, Omit<AffineOptions, 'rounding'> {
  /** Whether outliers are cut down afterwards, see `clipWeights`; true by default. */
  readonly clip?: boolean
}

/** The scales found for some layers. */
export interface AwqScales {
  /** s `[in]`, by which weights are multiplied and inputs divided */
  readonly scales: Float32Array
  /** r of s = mean|x|^r */
  readonly ratio: number
  /** mean squared error of the outputs for each r = 0, 0.05 … 0.95 */
  readonly losses: readonly number[]
}

/**
 * Prepares a model for quantization by AWQ: weights whose inputs are large are multiplied by what their inputs are divided
 * by, so that they are rounded more finely. Then outliers of each range are cut down where that helps. It changes the
 * model; quantize it afterwards with the same options:
 * ```ts
 * const statistics = await collectInputs(model, run, { batches, gram: true })
 * await awq(model, statistics, options)
 * const { artefact } = await quantizeModel(model, options)
 * ```
 *
 * @param statistics by the path of the layer
 * @returns what was found, by the path of the layer
 * @throws RangeError if a path is not a linear layer's, or a weight or its statistics do not do; then layers before it are changed
 * @see Lin et al. 2023, AWQ, section 3.2, eq. 4 and 5
 */
export async function awq(
  model: Module,
  statistics: ReadonlyMap<string, InputStatistics>,
  options: AwqOptions,
): Promise<Map<string, AwqScales>> {
  const found = new Map<string, AwqScales>()
  for (const group of inputGroups(model, statistics, options)) {
    const scaled = searchScales(await weightsOf(group), group.input, options)
    applyScales(model, group, scaled.scales)
    for (const path of group.paths) found.set(path, scaled)
    if (options.clip === false) continue
    const input = dividedBy(group.input, scaled.scales)
    const weights = await weightsOf(group)
    for (const [index, { weight }] of group.layers.entries()) {
      using _inner = scope()
      const { shape, backend } = weight.stored
      weight.stored.assign(tensor(clipWeights(weights[index]!, input, options), { shape, backend }))
    }
  }
  return found
}

/**
 * The scales s = m^r / √(max m^r · min m^r), m = mean|x| of each feature, with that r of 0, 0.05 … 0.95 for which
 * Σ ‖(W - Q(W s) / s) x‖² is least.
 *
 * @param weights `[out, in]` of layers that are given the same inputs
 * @see Lin et al. 2023, AWQ, eq. 5, and the authors' code
 */
export function searchScales(
  weights: readonly Float32Array[],
  input: InputStatistics,
  options: Omit<AffineOptions, 'rounding'>,
): AwqScales {
  const { size, count } = input
  const outputs = weights.reduce((sum, { length }) => sum + length / size, 0)
  const tries = Array.from({ length: 20 }, (_, index) => {
    const ratio = index / 20
    const scales = scalesOf(input, ratio)
    const error = weights.reduce((sum, weight) => sum + scaledError(weight, scales, input, options), 0)
    return { ratio, scales, loss: error / (outputs * count) }
  })
  const best = tries.reduce((least, each) => (each.loss < least.loss ? each : least))
  return { scales: best.scales, ratio: best.ratio, losses: tries.map(({ loss }) => loss) }
}

function scalesOf({ absoluteMean }: InputStatistics, ratio: number): Float32Array {
  const powers = absoluteMean.map((each) => Math.max(power(each, ratio), 1e-4))
  const [most, least] = [powers.reduce((a, b) => Math.max(a, b)), powers.reduce((a, b) => Math.min(a, b))]
  return Float32Array.from(powers, (each) => each / Math.sqrt(most * least))
}

/** Σ ‖(W - Q(W s) / s) x‖² */
function scaledError(
  weight: Float32Array,
  scales: Float32Array,
  input: InputStatistics,
  options: Omit<AffineOptions, 'rounding'>,
): number {
  const { size } = input
  const shape = [weight.length / size, size]
  const gram = gramOf(input, shape)
  const scheme = affine(options)
  const decoded = scheme.decode(
    scheme.encode(
      weight.map((each, index) => each * scales[index % size]!),
      shape,
    ),
  )
  const errors = Float64Array.from(weight, (each, index) => each - decoded[index]! / scales[index % size]!)
  return quadraticForms(errors, gram).reduce((sum, each) => sum + each, 0)
}

/** The statistics of x / s. */
function dividedBy(input: InputStatistics, scales: Float32Array): InputStatistics {
  const { size, gram } = input
  return {
    ...input,
    squares: input.squares.map((each, j) => each / (scales[j]! * scales[j]!)),
    absoluteMax: input.absoluteMax.map((each, j) => each / scales[j]!),
    absoluteMean: input.absoluteMean.map((each, j) => each / scales[j]!),
    ...(gram && { gram: gram.map((each, at) => each / (scales[at % size]! * scales[Math.floor(at / size)]!)) }),
  }
}
