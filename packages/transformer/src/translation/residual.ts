import { branch, Dropout, type ForwardOptions, type Layer, Module } from '@tlc/nn'
import { add, type Tensor } from '@tlc/tensor'
import type { TranslationOptions } from './options.ts'
import { norm } from './parts.ts'

/** What goes around a sublayer f: dropout, the residual connection and the normalization. */
export class Residual extends Module {
  readonly norm: Layer
  readonly dropout: Dropout
  readonly #normalization: 'post' | 'pre'

  constructor(options: TranslationOptions) {
    super()
    this.norm = norm(options)
    this.dropout = new Dropout(options.config.dropout)
    this.#normalization = options.config.normalization
  }

  /**
   * post: LayerNorm(x + dropout(f(x))); pre: x + dropout(f(LayerNorm(x))).
   *
   * @see Vaswani et al. 2017, section 5.4, for post; Xiong et al. 2020, figure 1, for both
   */
  around(x: Tensor, sublayer: (x: Tensor, options: ForwardOptions) => Tensor, options: ForwardOptions): Tensor {
    const inner = (input: Tensor): Tensor =>
      this.dropout.forward(sublayer(input, branch(options, 0)), branch(options, 1))
    if (this.#normalization === 'pre') return add(x, inner(this.norm.forward(x)))
    return this.norm.forward(add(x, inner(x)))
  }
}
