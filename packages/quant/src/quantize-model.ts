import { Embedding, type Module, namedModules, namedParameters, Parameter } from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { type AffineOptions, affine } from './affine.ts'
import { codeBits, decode, keepsZeros } from './decode.ts'
import type { Encoded, Scheme } from './scheme.ts'
import { type WeightError, weightError } from './weight-error.ts'

/** A compressed model: all it takes to make the model's weights again, by parameter name. */
export interface Artefact {
  readonly tensors: ReadonlyMap<string, Encoded>
  /** free text by name, saved with it */
  readonly metadata: ReadonlyMap<string, string>
}

/** What to quantize. */
export interface SelectOptions {
  /** Whether embeddings are quantized too; true by default, as in the paper. */
  readonly embeddings?: boolean
  /** Decides instead of the default rule: every parameter with two axes or more. */
  readonly where?: (name: string, parameter: Parameter) => boolean
  /** Free text by name, saved with the artefact. */
  readonly metadata?: ReadonlyMap<string, string>
}

/** A scheme for each parameter, by name: mixed bits, or any other mix. */
export interface SchemeChoice {
  /** Asked for every parameter that is selected; undefined leaves it in f32. */
  readonly schemeOf: (name: string, parameter: Parameter) => Scheme | undefined
}

/** What to quantize, and how: one affine grid for all, or a scheme for each. */
export type QuantizeOptions = SelectOptions & (AffineOptions | SchemeChoice)

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
  const chosen = selection(model, options)
  const same = 'schemeOf' in options ? undefined : affine(options)
  return (name, parameter) => {
    if (!chosen(name, parameter)) return undefined
    return 'schemeOf' in options ? options.schemeOf(name, parameter) : same
  }
}

/** Whether a parameter is to be quantized. */
export function selection(model: Module, options: SelectOptions): (name: string, parameter: Parameter) => boolean {
  if (options.where) return options.where
  const excluded = options.embeddings === false ? embeddingsOf(model) : new Set()
  return (_, parameter) => parameter.stored.shape.length >= 2 && !excluded.has(parameter)
}

/** Parameters that are an embedding at one of their places, by the module's class or the parameter's name. */
function embeddingsOf(model: Module): Set<Parameter> {
  const found = new Set<Parameter>()
  for (const [path, module] of namedModules(model)) {
    for (const [field, parameter] of Object.entries(module)) {
      if (!(parameter instanceof Parameter)) continue
      if (module instanceof Embedding || /embedding/i.test(`${path}.${field}`)) found.add(parameter)
    }
  }
  return found
}

function countNonZeros(values: Float32Array): number {
  let count = 0
  for (const value of values) if (value !== 0) count++
  return count
}

async function readValue(name: string, parameter: Parameter): Promise<Float32Array> {
  const value = currentValue(parameter)
  if (value.dtype !== 'f32') throw new TypeError(`quantizeModel: '${name}' is ${value.dtype}, expected f32`)
  const data = (await value.data()) as Float32Array
  if (value !== parameter.stored) value.dispose()
  return data
}

function currentValue(parameter: Parameter): Tensor {
  using inner = scope()
  return inner.keep(parameter.value)
}

function named<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new RangeError(`quantizeModel: '${name}': ${(cause as Error).message}`, { cause })
  }
}
