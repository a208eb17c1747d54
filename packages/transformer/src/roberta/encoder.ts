import { checkpoint } from '@tlc/autograd'
import { type ActivationName, activations, branch, type Layer, Module } from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { RobertaAttention } from './attention.ts'
import type { EncoderForwardOptions, RobertaOptions } from './options.ts'
import { dense, norm, part } from './parts.ts'
import { ResidualOutput } from './residual.ts'

/** activation(W x + b), the first half of a feed-forward network. @see Vaswani et al. 2017, section 3.3 */
export class RobertaIntermediate extends Module {
  readonly dense: Layer
  readonly #activation: ActivationName

  constructor(options: RobertaOptions) {
    super()
    const { hiddenSize, feedForwardSize, activation } = options.config
    this.dense = dense(options, hiddenSize, feedForwardSize)
    this.#activation = activation
  }

  /** @param x `[batch, length, hiddenSize]`; returns `[batch, length, feedForwardSize]` */
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
    this.output = new ResidualOutput(part(options, 2), options.config.feedForwardSize)
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

  constructor(options: RobertaOptions) {
    super()
    const { normalization } = options.config
    this.layer = layersOf(options)
    this.LayerNorm = normalization === 'pre' ? norm(options) : undefined
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    const { bias, recompute = false } = options
    const run = recompute ? again : once
    const last = this.layer.reduce((y, layer, index) => run(layer, y, { ...branch(options, index), bias }), x)
    return this.LayerNorm ? this.LayerNorm.forward(last) : last
  }
}

/** As many layers as there are, of which some or all may be one and the same. */
function layersOf(options: RobertaOptions): RobertaLayer[] {
  const { layers, sharing } = options.config
  const first = new RobertaLayer(part(options, 0))
  const next = (index: number): RobertaLayer => {
    if (sharing === 'layers') return first
    return new RobertaLayer(part(options, index), ...(sharing === 'attention' ? [first.attention] : []))
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
