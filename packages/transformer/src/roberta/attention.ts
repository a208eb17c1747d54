import { attendWithHeads, columnsOf, type Layer, Module, rowsOf, type UnitKind, type Units } from '@tlc/nn'
import type { Tensor } from '@tlc/tensor'
import type { EncoderForwardOptions, RobertaOptions } from './options.ts'
import { dense, part } from './parts.ts'
import { ResidualOutput } from './residual.ts'
import { headSizeOf, layerShapes } from './shape.ts'

/**
 * softmax(q kᵀ / √headSize + bias) v by heads, q, k and v being projections of x.
 *
 * @see Vaswani et al. 2017, section 3.2
 */
export class RobertaSelfAttention extends Module {
  readonly query: Layer
  readonly key: Layer
  readonly value: Layer
  /** the heads that are left, by the numbers that they had before any was removed */
  headNumbers: readonly number[]
  readonly headSize: number
  readonly #dropoutRate: number

  constructor(options: RobertaOptions) {
    super()
    const { hiddenSize, attentionDropout } = options.config
    this.headNumbers = layerShapes(options.config)[0]!.headNumbers
    this.headSize = headSizeOf(options.config)
    const size = this.headNumbers.length * this.headSize
    this.query = dense(part(options, 0), hiddenSize, size)
    this.key = dense(part(options, 1), hiddenSize, size)
    this.value = dense(part(options, 2), hiddenSize, size)
    this.#dropoutRate = attentionDropout
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'hidden') return undefined
    return { slices: [this.query, this.key, this.value].flatMap((layer) => columnsOf(layer)) }
  }

  /** @param x `[batch, length, hiddenSize]`; returns `[batch, length, heads · headSize]` */
  forward(x: Tensor, { bias, key }: EncoderForwardOptions = {}): Tensor {
    return attendWithHeads(this.query.forward(x), this.key.forward(x), this.value.forward(x), {
      heads: this.headNumbers.length,
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
    this.output = new ResidualOutput(part(options, 1), this.self.headNumbers.length * this.self.headSize)
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'head') return undefined
    const { self, output } = this
    const made = [self.query, self.key, self.value].flatMap((layer) => rowsOf(layer, self.headSize))
    return {
      slices: [...made, ...columnsOf(output.dense, self.headSize)],
      kept: (heads) => {
        self.headNumbers = heads.map((head) => self.headNumbers[head]!)
      },
    }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, options: EncoderForwardOptions = {}): Tensor {
    return this.output.around(x, (input, inner) => this.self.forward(input, { ...inner, bias: options.bias }), options)
  }
}
