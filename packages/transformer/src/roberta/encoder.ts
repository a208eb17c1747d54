import { checkpoint } from '@tlc/autograd'
import {
  type ActivationName,
  activations,
  branch,
  columnsOf,
  featuresOf,
  keepLayers,
  type Layer,
  Module,
  rowsOf,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { RobertaAttention } from './attention.ts'
import type { EncoderForwardOptions, RobertaOptions } from './options.ts'
import { dense, norm, part } from './parts.ts'
import { ResidualOutput } from './residual.ts'
import { type LayerShape, layerConfig } from './shape.ts'

/** activation(W x + b), the first half of a feed-forward network. @see Vaswani et al. 2017, section 3.3 */
export class RobertaIntermediate extends Module {
  readonly dense: Layer
  /** neurons that are left */
  size: number
  readonly #activation: ActivationName

  constructor(options: RobertaOptions) {
    super()
    const { hiddenSize, feedForwardSize, activation } = options.config
    this.dense = dense(options, hiddenSize, feedForwardSize)
    this.size = feedForwardSize
    this.#activation = activation
  }

  override units(kind: UnitKind): Units | undefined {
    return kind === 'hidden' ? { slices: columnsOf(this.dense) } : undefined
  }

  /** @param x `[batch, length, hiddenSize]`; returns `[batch, length, size]` */
  forward(x: Tensor): Tensor {
    return activations[this.#activation](this.dense.forward(x))
  }
}

/** Self-attention, then a feed-forward network, each with its residual. @see Vaswani et al. 2017, section 3.1 */
export class RobertaLayer extends Module {
  readonly attention: RobertaAttention
  readonly intermediate: RobertaIntermediate
  readonly output: ResidualOutput

  /** @param attention a block that other layers have, too; one of its own by default */
  constructor(options: RobertaOptions, attention: RobertaAttention = new RobertaAttention(part(options, 0))) {
    super()
    this.attention = attention
    this.intermediate = new RobertaIntermediate(part(options, 1))
    this.output = new ResidualOutput(part(options, 2), this.intermediate.size)
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'neuron') return undefined
    return {
      slices: [...rowsOf(this.intermediate.dense), ...columnsOf(this.output.dense)],
      kept: ({ length }) => {
        this.intermediate.size = length
      },
    }
  }

  /** What is left of it, for the configuration. */
  get shape(): LayerShape {
    return { headNumbers: this.attention.self.headNumbers, feedForwardSize: this.intermediate.size }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    // What no derivative reads is freed at the end of the layer, not of the model.
    using inner = scope()
    const attended = this.attention.forward(x, { ...branch(options, 0), bias: options.bias })
    return inner.keep(this.output.around(attended, (input) => this.intermediate.forward(input), branch(options, 1)))
  }
}

/**
 * The layers one after the other. With pre-normalization their sum is normalized at the end. Shared layers have their
 * parameters once, under the first.
 */
export class RobertaEncoder extends Module {
  readonly layer: RobertaLayer[]
  readonly LayerNorm: Layer | undefined
  /** Places of layers that are left out, as if the one before were followed by the one after; none by default. */
  readonly skipped: Set<number> = new Set()

  constructor(options: RobertaOptions) {
    super()
    const { normalization } = options.config
    this.layer = layersOf(options)
    this.LayerNorm = normalization === 'pre' ? norm(options) : undefined
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind === 'hidden') return this.LayerNorm && { slices: featuresOf(this.LayerNorm) }
    if (kind !== 'layer') return undefined
    const { layer, skipped } = this
    return { slices: [], count: layer.length, skipped, kept: (places) => keepLayers(layer, places) }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    const { bias, recompute = false } = options
    const run = recompute ? again : once
    const last = this.layer.reduce(
      (y, layer, index) => (this.skipped.has(index) ? y : run(layer, y, { ...branch(options, index), bias })),
      x,
    )
    return this.LayerNorm ? this.LayerNorm.forward(last) : last
  }
}

/** As many layers as there are, of which some or all may be one and the same. */
function layersOf(options: RobertaOptions): RobertaLayer[] {
  const { layers, sharing } = options.config
  const optionsOf = (index: number): RobertaOptions =>
    part({ ...options, config: layerConfig(options.config, index) }, index)
  const first = new RobertaLayer(optionsOf(0))
  const next = (index: number): RobertaLayer => {
    if (sharing === 'layers') return first
    return new RobertaLayer(optionsOf(index), ...(sharing === 'attention' ? [first.attention] : []))
  }
  return Array.from({ length: layers }, (_, index) => (index === 0 ? first : next(index)))
}

function once(layer: RobertaLayer, x: Tensor, options: EncoderForwardOptions): Tensor {
  return layer.forward(x, options)
}

/** Keeps the layer's input alone; the bias is an input, for it is freed before the backward pass. */
function again(layer: RobertaLayer, x: Tensor, { bias, ...options }: EncoderForwardOptions): Tensor {
  return checkpoint(([y, hiding]) => layer.forward(y!, { ...options, bias: hiding }), bias ? [x, bias] : [x])
}
