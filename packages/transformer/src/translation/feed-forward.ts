import { type ActivationName, activations, type Layer, Module } from '@tlc/nn'
import type { Tensor } from '@tlc/tensor'
import type { TranslationOptions } from './options.ts'
import { dense, part } from './parts.ts'

/** W₂ activation(W₁ x + b₁) + b₂. @see Vaswani et al. 2017, eq. 2 */
export class FeedForward extends Module {
  readonly inner: Layer
  readonly outer: Layer
  readonly #activation: ActivationName

  constructor(options: TranslationOptions) {
    super()
    const { hiddenSize, feedForwardSize, activation } = options.config
    this.inner = dense(part(options, 0), hiddenSize, feedForwardSize)
    this.outer = dense(part(options, 1), feedForwardSize, hiddenSize)
    this.#activation = activation
  }

  /** @param x `[..., hiddenSize]`; so is the result */
  forward(x: Tensor): Tensor {
    return this.outer.forward(activations[this.#activation](this.inner.forward(x)))
  }
}
