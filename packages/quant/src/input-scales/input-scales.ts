import { LayerNorm, Linear, Module, namedModules, Parameter, replaceModules } from '@tlc/nn'
import type { InputStatistics } from '@tlc/nn/calibration'
import { div, mul, reshape, scope, type Tensor, tensor } from '@tlc/tensor'

/** y = layer(x ⊙ scale). x `[..., in]`, scale `[in]`. */
export class ScaledInput extends Module {
  readonly scale: Parameter
  readonly layer: Linear

  constructor(scale: Parameter, layer: Linear) {
    super()
    this.scale = scale
    this.layer = layer
  }

  forward(x: Tensor): Tensor {
    return this.layer.forward(mul(x, this.scale.value))
  }
}

/** Where the scales of inputs go. */
export interface InputScaleOptions {
  /**
   * The path of the LayerNorm or Linear whose output, unchanged or averaged over positions, is the input of these layers
   * and of nothing else: it takes over the scales, at no cost. With none, the default, each layer becomes a `ScaledInput`,
   * and its weight's name gets `.layer` in it.
   */
  readonly sourceOf?: (layers: readonly string[]) => string | undefined
}

/** Linear layers that are always given the same inputs, and so share scales. */
export interface InputGroup {
  readonly paths: readonly string[]
  readonly layers: readonly Linear[]
  readonly input: InputStatistics
  readonly source: LayerNorm | Linear | undefined
}

/**
 * The layers that there are statistics of, those with the same statistics object together.
 *
 * @throws RangeError if a path is not that of a linear layer, or of a source
 */
export function inputGroups(
  model: Module,
  statistics: ReadonlyMap<string, InputStatistics>,
  { sourceOf }: InputScaleOptions,
): InputGroup[] {
  const modules = new Map(namedModules(model))
  const byInput = new Map<InputStatistics, string[]>()
  for (const [path, input] of statistics) byInput.set(input, [...(byInput.get(input) ?? []), path])
  return [...byInput].map(([input, paths]) => {
    const layers = paths.map((path) => {
      const layer = modules.get(path)
      if (!(layer instanceof Linear))
        throw new RangeError(`the model has no Linear at '${path}' to scale the inputs of`)
      return layer
    })
    const place = sourceOf?.(paths)
    const source = place === undefined ? undefined : modules.get(place)
    if (place !== undefined && !(source instanceof LayerNorm || source instanceof Linear)) {
      throw new RangeError(`the source of ${paths.join(', ')} must be a LayerNorm or Linear, '${place}' is none`)
    }
    return { paths, layers, input, source: source as InputGroup['source'] }
  })
}

/** The weights of a group's layers, `[out, in]` each, as they are stored. */
export function weightsOf({ layers }: InputGroup): Promise<Float32Array[]> {
  return Promise.all(layers.map(async ({ weight }) => (await weight.stored.data()) as Float32Array))
}

/**
 * Divides the inputs of a group by scales, and multiplies the columns of its weights by them: W x = (W s) (x / s). The
 * model's outputs stay the same but for rounding.
 *
 * Statistics that were collected before are those of the inputs as they were.
 *
 * @param scales `[in]`, > 0
 */
export function applyScales(model: Module, { layers, source }: InputGroup, scales: Float32Array): void {
  using inner = scope()
  const { backend } = layers[0]!.weight.stored
  const s = tensor(scales, { backend })
  for (const { weight } of new Set(layers)) weight.stored.assign(mul(weight.stored, s))
  if (source) {
    const { weight, bias } = source
    weight.stored.assign(div(weight.stored, weight.stored.shape.length === 2 ? reshape(s, [-1, 1]) : s))
    bias?.stored.assign(div(bias.stored, s))
    return
  }
  const scale = new Parameter(inner.keep(div(1, s)))
  scale.stored.moveTo(undefined)
  replaceModules(model, Linear, (layer) => (layers.includes(layer) ? new ScaledInput(scale, layer) : layer))
}
