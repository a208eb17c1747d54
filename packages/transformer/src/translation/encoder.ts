import { checkpoint } from '@tlc/autograd'
import { branch, keepLayers, type Layer, Module, type MultiHeadAttention, type UnitKind, type Units } from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { type AttendOptions, attend, keysAndValues } from './attend.ts'
import { FeedForward } from './feed-forward.ts'
import type { LayersForwardOptions, TranslationOptions } from './options.ts'
import { heads, norm, part } from './parts.ts'
import { Residual } from './residual.ts'
import { type EncoderLayerShape, encoderShapes } from './shape.ts'

/** Self-attention, then a feed-forward network, each with its residual. @see Vaswani et al. 2017, section 3.1 */
export class TranslationEncoderLayer extends Module {
  readonly selfAttention: MultiHeadAttention
  readonly selfAttentionResidual: Residual
  readonly feedForward: FeedForward
  readonly feedForwardResidual: Residual

  /** @param shape that of the configuration's first layer by default */
  constructor(options: TranslationOptions, shape: EncoderLayerShape = encoderShapes(options.config)[0]!) {
    super()
    this.selfAttention = heads(part(options, 0), shape.heads)
    this.selfAttentionResidual = new Residual(options)
    this.feedForward = new FeedForward(part(options, 1), shape.feedForwardSize)
    this.feedForwardResidual = new Residual(options)
  }

  /** What is left of it, for the configuration. */
  get shape(): EncoderLayerShape {
    return { heads: this.selfAttention.heads, feedForwardSize: this.feedForward.size }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, { bias, ...options }: AttendOptions = {}): Tensor {
    // What no derivative reads is freed at the end of the layer, not of the model.
    using inner = scope()
    const attended = this.selfAttentionResidual.around(
      x,
      (y, own) => attend(this.selfAttention, y, keysAndValues(this.selfAttention, y), { bias, ...own }),
      branch(options, 0),
    )
    return inner.keep(this.feedForwardResidual.around(attended, (y) => this.feedForward.forward(y), branch(options, 1)))
  }
}

/** The layers one after the other. With pre-normalization their sum is normalized at the end. */
export class TranslationEncoder extends Module {
  readonly layer: TranslationEncoderLayer[]
  readonly norm: Layer | undefined
  /** Places of layers that are left out, as if the one before were followed by the one after; none by default. */
  readonly skipped: Set<number> = new Set()

  constructor(options: TranslationOptions) {
    super()
    const { config } = options
    this.layer = encoderShapes(config).map((shape, index) => new TranslationEncoderLayer(part(options, index), shape))
    this.norm = config.normalization === 'pre' ? norm(options) : undefined
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'layer') return undefined
    const { layer, skipped } = this
    return { slices: [], count: layer.length, skipped, kept: (places) => keepLayers(layer, places) }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, { bias, recompute = false, ...options }: LayersForwardOptions): Tensor {
    const last = this.layer.reduce((y, layer, index) => {
      if (this.skipped.has(index)) return y
      const run = ([input, hiding]: readonly [Tensor, Tensor]): Tensor =>
        layer.forward(input, { bias: hiding, ...branch(options, index) })
      return recompute ? checkpoint(run, [y, bias]) : run([y, bias])
    }, x)
    return this.norm ? this.norm.forward(last) : last
  }
}
