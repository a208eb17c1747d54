import {
  branch,
  Dropout,
  type ForwardOptions,
  featuresOf,
  type Layer,
  Module,
  rowsOf,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import { add, type Tensor } from '@tlc/tensor'
import type { RobertaOptions } from './options.ts'
import { dense, norm } from './parts.ts'

/** What comes before the last projection of a sublayer. */
export type Sublayer = (x: Tensor, options: ForwardOptions) => Tensor

/** The end of a sublayer f: its last projection, dropout, the residual connection and the normalization. */
export class ResidualOutput extends Module {
  readonly dense: Layer
  readonly LayerNorm: Layer
  readonly dropout: Dropout
  readonly #normalization: 'post' | 'pre'

  constructor(options: RobertaOptions, inputSize: number) {
    super()
    this.dense = dense(options, inputSize, options.config.hiddenSize)
    this.LayerNorm = norm(options)
    this.dropout = new Dropout(options.config.dropout)
    this.#normalization = options.config.normalization
  }

  override units(kind: UnitKind): Units | undefined {
    return kind === 'hidden' ? { slices: [...rowsOf(this.dense), ...featuresOf(this.LayerNorm)] } : undefined
  }

  /**
   * post: LayerNorm(x + dropout(f(x))); pre: x + dropout(f(LayerNorm(x))).
   *
   * @see Vaswani et al. 2017, section 5.4, for post; Xiong et al. 2020, figure 1, for both
   */
  around(x: Tensor, sublayer: Sublayer, options: ForwardOptions): Tensor {
    const projected = (input: Tensor): Tensor => {
      const output = this.dense.forward(sublayer(input, branch(options, 0)))
      return this.dropout.forward(output, branch(options, 1))
    }
    if (this.#normalization === 'pre') return add(x, projected(this.LayerNorm.forward(x)))
    return this.LayerNorm.forward(add(x, projected(x)))
  }
}
