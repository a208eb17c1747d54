import { type Module, namedParameters, Parameter, type Transform } from '@tlc/nn'
import { foldIn, type Key, scope, type Tensor } from '@tlc/tensor'
import type { Artefact } from '../artefact/artefact.ts'
import { quantizable, type SelectOptions } from '../quantizable.ts'
import { nearest } from '../rounding/rounding.ts'
import type { Encoded } from '../scheme.ts'
import type { AffineCodes } from '../schemes/affine/affine.ts'
import type { Granularity } from '../schemes/affine/granularity.ts'
import {
  checkTrainable,
  type FakeQuantizeOptions,
  fakeQuantize,
  fitOnDevice,
  type TrainableGrid,
} from './fake-quantize.ts'
import { initialStep, quantizeByLearnedStep } from './learned-step.ts'
import { quantNoise } from './quant-noise.ts'
import { rangesOf } from './ranges-on-device.ts'

/** How a model is trained for quantization. */
export interface PrepareOptions extends FakeQuantizeOptions, SelectOptions {
  /** Whether the steps are parameters, trained with the rest (LSQ; the grid is symmetric); false by default. */
  readonly learnSteps?: boolean
  /** Quantizes only random blocks at each step; not by default. */
  readonly noise?: NoiseOptions
}

/** Random blocks that are quantized at each step. */
export interface NoiseOptions {
  readonly key: Key
  /** the share of blocks, 0.1 by default */
  readonly rate?: number
  /** neighbors in a row, 8 by default */
  readonly block?: number
}

/** One parameter on its way to whole numbers. */
interface Quantizer {
  readonly parameter: Parameter
  readonly transform: Transform
  /** Δ and z for a weight, `[ranges, 1]` each; z undefined where the grid implies it */
  readonly gridOf: (weight: Tensor) => { readonly step: Tensor; readonly zeroPoint: Tensor | undefined }
  readonly learned: Parameter | undefined
}

/**
 * Puts quantizers on a model's parameters, so that it trains with the weights that it will have when quantized:
 * ```ts
 * using prepared = prepareForQuantization(model, { bits: 4, granularity: 'row' })
 * const optimizer = new AdamW(new Map([...namedParameters(model), ...prepared.parameters]))
 * …
 * const artefact = await prepared.convert()
 * ```
 * They come after transforms that are there already: pruned weights stay 0.
 *
 * @throws RangeError for bits, groups or blocks that cannot be
 * @see Jacob et al. 2018, section 3
 */
export function prepareForQuantization(model: Module, options: PrepareOptions): PreparedModel {
  const { bits, granularity = 'tensor' } = options
  const grid: TrainableGrid = options.learnSteps ? 'symmetric' : (options.grid ?? 'symmetric')
  checkTrainable(bits, grid)
  return new PreparedModel(model, { ...options, granularity, grid })
}

/** A model with quantizers on its weights, until disposed. */
export class PreparedModel implements Disposable {
  /** Parameters of the quantizers, by name: `encoder.weight.step`. Give them to the optimizer too. Empty unless learned. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /** The training step: random blocks are drawn by it. Set it before each, and when training is resumed. */
  step = 0
  /** Whether blocks are drawn; set it to false to evaluate the model as it will be converted. */
  training = true
  readonly #model: Module
  readonly #options: PrepareOptions & { readonly granularity: Granularity; readonly grid: TrainableGrid }
  readonly #quantizers: ReadonlyMap<string, Quantizer>

  /** Use `prepareForQuantization`. */
  constructor(
    model: Module,
    options: PrepareOptions & { readonly granularity: Granularity; readonly grid: TrainableGrid },
  ) {
    this.#model = model
    this.#options = options
    const found = [...quantizable(model, options)]
    this.#quantizers = new Map(found.map(([name, parameter], index) => [name, this.#quantizer(parameter, index)]))
    for (const { parameter, transform } of this.#quantizers.values()) parameter.transforms.push(transform)
    this.parameters = new Map(
      [...this.#quantizers].flatMap(([name, { learned }]) => (learned ? [[`${name}.step`, learned]] : [])),
    )
  }

  /**
   * The model as whole numbers. Decoded, they are equal to the bit to the weights that it computes with when not `training`,
   * on the backend where it was trained.
   *
   * @throws RangeError if a learned step is not > 0 any more
   */
  async convert(): Promise<Artefact> {
    const tensors = new Map<string, Encoded>()
    const training = this.training
    this.training = false
    try {
      for (const [name, parameter] of namedParameters(this.#model)) {
        const quantizer = this.#quantizers.get(name)
        const { shape } = parameter.stored
        const values = await read(() => parameter.value)
        tensors.set(name, quantizer ? await this.#encode(name, quantizer, values) : { scheme: 'f32', shape, values })
      }
    } finally {
      this.training = training
    }
    return { tensors, metadata: new Map() }
  }

  /** Takes the quantizers off; stored weights stay as they are. */
  [Symbol.dispose](): void {
    for (const { parameter, transform, learned } of this.#quantizers.values()) {
      const place = parameter.transforms.indexOf(transform)
      if (place >= 0) parameter.transforms.splice(place, 1)
      learned?.stored.dispose()
    }
  }

  #quantizer(parameter: Parameter, index: number): Quantizer {
    const { bits, granularity, grid, noise, learnSteps } = this.#options
    const high = 2 ** (bits - 1) - 1
    rangesOf(parameter.stored, granularity)
    const learned = learnSteps ? learnedStep(parameter, granularity, high) : undefined
    const quantize: Transform = learned
      ? (weight) => quantizeByLearnedStep(weight, learned.value, granularity, { low: -high - 1, high })
      : fakeQuantize({ bits, granularity, grid })
    const noisy = noise
      ? quantNoise(quantize, { ...noise, key: () => foldIn(foldIn(noise.key, index), this.step) })
      : quantize
    return {
      parameter,
      learned,
      transform: (weight) => (this.training ? noisy : quantize)(weight),
      gridOf: (weight) => {
        if (learned) return { step: learned.value, zeroPoint: undefined }
        const { step, zeroPoint } = fitOnDevice(rangesOf(weight, granularity), bits, grid)
        return { step, zeroPoint: grid === 'zeroExact' ? zeroPoint : undefined }
      },
    }
  }

  async #encode(name: string, quantizer: Quantizer, values: Float32Array): Promise<AffineCodes> {
    const { bits, granularity, grid } = this.#options
    const { parameter, transform, gridOf } = quantizer
    const before = parameter.transforms.slice(0, parameter.transforms.indexOf(transform))
    const weight = (): Tensor => before.reduce((each, apply) => apply(each), parameter.stored)
    const steps = await read(() => gridOf(weight()).step)
    if (quantizer.learned && !steps.every((step) => step > 0)) {
      throw new RangeError(`convert: a learned step of '${name}' is not > 0; train steps with a lower learning rate`)
    }
    const zeroPoints =
      grid === 'zeroExact' ? Uint8Array.from(await read(() => gridOf(weight()).zeroPoint!)) : new Uint8Array(0)
    const length = values.length / steps.length
    // Values are multiples of the step already, so that rounding finds the multiple whatever the last digits.
    const codes = Uint8Array.from(values, (value, index) => {
      const range = Math.floor(index / length)
      const step = steps[range]!
      return (step === 0 ? 0 : nearest(value / step)) + (zeroPoints[range] ?? 2 ** (bits - 1))
    })
    const { shape } = parameter.stored
    return { scheme: 'affine', shape, bits, granularity, grid, codes, steps, offsets: new Float32Array(0), zeroPoints }
  }
}

function learnedStep(parameter: Parameter, granularity: Granularity, high: number): Parameter {
  using inner = scope()
  const step = inner.keep(initialStep(parameter.value, granularity, high))
  // It lives until disposed, whatever scope happens to be open now.
  step.moveTo(undefined)
  return new Parameter(step)
}

/** The values of what is made, which is freed unless it was there before. */
async function read(make: () => Tensor): Promise<Float32Array> {
  const made = madeIn(make)
  const values = Float32Array.from(await made.data())
  made.dispose()
  return values
}

function madeIn(make: () => Tensor): Tensor {
  using inner = scope()
  return inner.keep(make().handle())
}
