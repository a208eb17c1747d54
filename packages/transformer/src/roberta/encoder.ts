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

  constructor(options: RobertaOptions) {
    super()
    this.attention = new RobertaAttention(part(options, 0))
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

/** The layers one after the other. With pre-normalization their sum is normalized at the end. */
export class RobertaEncoder extends Module {
  readonly layer: RobertaLayer[]
  readonly LayerNorm: Layer | undefined

  constructor(options: RobertaOptions) {
    super()
    const { layers, normalization } = options.config
    this.layer = Array.from({ length: layers }, (_, index) => new RobertaLayer(part(options, index)))
    this.LayerNorm = normalization === 'pre' ? norm(options) : undefined
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    const last = this.layer.reduce(
      (y, layer, index) => layer.forward(y, { ...branch(options, index), bias: options.bias }),
      x,
    )
    return this.LayerNorm ? this.LayerNorm.forward(last) : last
  }
}
