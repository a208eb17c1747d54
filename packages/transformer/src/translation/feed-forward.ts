import {
  type ActivationName,
  activations,
  columnsOf,
  type Layer,
  Module,
  rowsOf,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import type { Tensor } from '@tlc/tensor'
import type { TranslationOptions } from './options.ts'
import { dense, part } from './parts.ts'

/** W₂ activation(W₁ x + b₁) + b₂. @see Vaswani et al. 2017, eq. 2 */
export class FeedForward extends Module {
  readonly inner: Layer
  readonly outer: Layer
  readonly #activation: ActivationName
  #size: number

  constructor(options: TranslationOptions, size: number) {
    super()
    const { hiddenSize, activation } = options.config
    this.inner = dense(part(options, 0), hiddenSize, size)
    this.outer = dense(part(options, 1), size, hiddenSize)
    this.#activation = activation
    this.#size = size
  }

  /** neurons that are left */
  get size(): number {
    return this.#size
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'neuron') return undefined
    return {
      slices: [...rowsOf(this.inner), ...columnsOf(this.outer)],
      kept: ({ length }) => {
        this.#size = length
      },
    }
  }

  /** @param x `[..., hiddenSize]`; so is the result */
  forward(x: Tensor): Tensor {
    return this.outer.forward(activations[this.#activation](this.inner.forward(x)))
  }
}
