import { attendWithHeads, type Layer, Module } from '@tlc/nn'
import type { Tensor } from '@tlc/tensor'
import type { EncoderForwardOptions, RobertaOptions } from './options.ts'
import { dense, part } from './parts.ts'
import { ResidualOutput } from './residual.ts'

/**
 * softmax(q kᵀ / √headSize + bias) v by heads, q, k and v being projections of x.
 *
 * @see Vaswani et al. 2017, section 3.2
 */
export class RobertaSelfAttention extends Module {
  readonly query: Layer
  readonly key: Layer
  readonly value: Layer
  readonly #heads: number
  readonly #dropoutRate: number

  constructor(options: RobertaOptions) {
    super()
    const { hiddenSize, heads, attentionDropout } = options.config
    this.query = dense(part(options, 0), hiddenSize, hiddenSize)
    this.key = dense(part(options, 1), hiddenSize, hiddenSize)
    this.value = dense(part(options, 2), hiddenSize, hiddenSize)
    this.#heads = heads
    this.#dropoutRate = attentionDropout
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, { bias, key }: EncoderForwardOptions = {}): Tensor {
    return attendWithHeads(this.query.forward(x), this.key.forward(x), this.value.forward(x), {
      heads: this.#heads,
      bias,
      dropoutRate: this.#dropoutRate,
      key,
    })
  }
}

/** Self-attention and the projection that joins its heads. */
export class RobertaAttention extends Module {
  readonly self: RobertaSelfAttention
  readonly output: ResidualOutput

  constructor(options: RobertaOptions) {
    super()
    this.self = new RobertaSelfAttention(part(options, 0))
    this.output = new ResidualOutput(part(options, 1), options.config.hiddenSize)
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    return this.output.around(x, (input, inner) => this.self.forward(input, { ...inner, bias: options.bias }), options)
  }
}
