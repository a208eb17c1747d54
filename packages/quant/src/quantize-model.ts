import { currentValues, type Module, namedParameters, type Parameter } from '@tlc/nn'
import type { Artefact } from './artefact/artefact.ts'
import { codeBits, decode, keepsZeros } from './decode.ts'
import { quantizable, type SelectOptions } from './quantizable.ts'
import type { ModelRounding, Rounding } from './rounding/rounding.ts'
import type { Encoded, Scheme } from './scheme.ts'
import { type AffineOptions, affine } from './schemes/affine/affine.ts'
import { type WeightError, weightError } from './weight-error.ts'

/** A scheme for each parameter, by name: mixed bits, or any other mix. */
export interface SchemeChoice {
  /** Asked for every parameter that is selected; undefined leaves it in f32. */
  readonly schemeOf: (name: string, parameter: Parameter) => Scheme | undefined
}

/** Affine grids for a whole model. */
export interface ModelAffineOptions extends Omit<AffineOptions, 'rounding'> {
  /** `nearest` by default; `gptq(statistics)` makes up for the error of each weight by those after it */
  readonly rounding?: Rounding | ModelRounding
}

/** What to quantize, and how: affine grids for all, or a scheme for each. */
export type QuantizeOptions = SelectOptions & {
  /** Free text by name, saved with the artefact. */
  readonly metadata?: ReadonlyMap<string, string>
} & (ModelAffineOptions | SchemeChoice)

/** A quantized model and what it lost. */
export interface QuantizedModel {
  readonly artefact: Artefact
  /** of each quantized parameter, by name */
  readonly errors: ReadonlyMap<string, WeightError>
  /**
   * Bytes as papers count them, without ranges, positions of zeros and names: k bits for each weight of a quantized
   * parameter that is not 0 (before quantization; all, in a scheme that does not keep 0), 32 for every other.
   */
  readonly idealBytes: number
}

/**
 * Quantizes a trained model without further training: matrices (embeddings too) get k-bit codes, or whatever scheme is
 * chosen for them, biases and normalization stay f32. It reads the values that layers use, pruning masks applied, and leaves the model as it is:
 * see `useArtefact` to try the result, `loadArtefact` to keep it. For a pruned model choose the grid `zeroExact` or
 * `symmetric`: `minmax` moves zeros.
 *
 * @throws RangeError if bits, groups or weights cannot be quantized; the message names the parameter
 * @see Li et al. 2020, section 4.1 (recalled, not verified)
 */
export async function quantizeModel(model: Module, options: QuantizeOptions): Promise<QuantizedModel> {
  const schemeOf = schemesOf(model, options)
  const tensors = new Map<string, Encoded>()
  const errors = new Map<string, WeightError>()
  let idealBits = 0
  for (const [name, parameter] of namedParameters(model)) {
    const { shape } = parameter.stored
    const values = await readValue(name, parameter)
    const scheme = schemeOf(name, parameter)
    if (!scheme) {
      tensors.set(name, { scheme: 'f32', shape, values })
      idealBits += 32 * values.length
      continue
    }
    const encoded = named(name, () => scheme.encode(values, shape))
    tensors.set(name, encoded)
    errors.set(name, weightError(values, decode(encoded)))
    idealBits += codeBits(encoded) * (keepsZeros(encoded) ? countNonZeros(values) : values.length)
  }
  return { artefact: { tensors, metadata: options.metadata ?? new Map() }, errors, idealBytes: idealBits / 8 }
}

function schemesOf(model: Module, options: QuantizeOptions): SchemeChoice['schemeOf'] {
  const chosen = quantizable(model, options)
  const schemeOf = 'schemeOf' in options ? options.schemeOf : affineSchemes(options)
  return (name, parameter) => (chosen.has(name) ? schemeOf(name, parameter) : undefined)
}

function affineSchemes({ rounding, ...options }: ModelAffineOptions): SchemeChoice['schemeOf'] {
  if (typeof rounding === 'object') return (name) => rounding.schemeFor(name, options)
  const scheme = affine({ ...options, ...(rounding && { rounding }) })
  return () => scheme
}

function countNonZeros(values: Float32Array): number {
  let count = 0
  for (const value of values) if (value !== 0) count++
  return count
}

async function readValue(name: string, parameter: Parameter): Promise<Float32Array> {
  try {
    return await currentValues(parameter)
  } catch (cause) {
    throw new TypeError(`quantizeModel: '${name}': ${(cause as Error).message}`, { cause })
  }
}

function named<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new RangeError(`quantizeModel: '${name}': ${(cause as Error).message}`, { cause })
  }
}
