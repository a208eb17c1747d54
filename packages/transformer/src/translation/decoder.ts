import { checkpoint } from '@tlc/autograd'
import {
  branch,
  type ForwardOptions,
  keepLayers,
  type Layer,
  Module,
  type MultiHeadAttention,
  type UnitKind,
  type Units,
} from '@tlc/nn'
import { reshape, scope, type Tensor } from '@tlc/tensor'
import { type AttendOptions, append, attend, type KeysAndValues, keysAndValues } from './attend.ts'
import { FeedForward } from './feed-forward.ts'
import type { EncodedSource, LayersForwardOptions, TranslationOptions } from './options.ts'
import { heads, norm, part } from './parts.ts'
import { Residual } from './residual.ts'
import { type DecoderLayerShape, decoderShapes } from './shape.ts'

/** What a layer need not compute again for the next token. */
export interface LayerCache {
  /** of the tokens so far, `[rows, heads, time, headSize]`; none before the first */
  readonly target: KeysAndValues | undefined
  /** of the source, `[sources, heads, length, headSize]` */
  readonly source: KeysAndValues
}

/** One sublayer of attention. */
type Attend = (x: Tensor, options: ForwardOptions) => Tensor

/** Self-attention, attention to the source, then a feed-forward network. @see Vaswani et al. 2017, section 3.1 */
export class TranslationDecoderLayer extends Module {
  readonly selfAttention: MultiHeadAttention
  readonly selfAttentionResidual: Residual
  readonly sourceAttention: MultiHeadAttention
  readonly sourceAttentionResidual: Residual
  readonly feedForward: FeedForward
  readonly feedForwardResidual: Residual

  /** @param shape that of the configuration's first layer by default */
  constructor(options: TranslationOptions, shape: DecoderLayerShape = decoderShapes(options.config)[0]!) {
    super()
    this.selfAttention = heads(part(options, 0), shape.heads)
    this.selfAttentionResidual = new Residual(options)
    this.sourceAttention = heads(part(options, 1), shape.sourceHeads)
    this.sourceAttentionResidual = new Residual(options)
    this.feedForward = new FeedForward(part(options, 2), shape.feedForwardSize)
    this.feedForwardResidual = new Residual(options)
  }

  /** What is left of it, for the configuration. */
  get shape(): DecoderLayerShape {
    const { selfAttention, sourceAttention, feedForward } = this
    return { heads: selfAttention.heads, sourceHeads: sourceAttention.heads, feedForwardSize: feedForward.size }
  }

  /** @param x all tokens of the target, `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, source: EncodedSource, { bias, ...options }: AttendOptions = {}): Tensor {
    const toTarget: Attend = (y, own) =>
      attend(this.selfAttention, y, keysAndValues(this.selfAttention, y), { bias, ...own })
    const toSource: Attend = (y, own) =>
      attend(this.sourceAttention, y, this.overSource(source), { bias: source.bias, ...own })
    return this.#sublayers(x, toTarget, toSource, options)
  }

  /** The keys and values of a source, which stay the same for all tokens of a target. */
  overSource({ hidden }: EncodedSource): KeysAndValues {
    return keysAndValues(this.sourceAttention, hidden)
  }

  /**
   * The same for the next token alone.
   *
   * @param x `[sources, rows of each, hiddenSize]`; so is `y`. Rows of one source are queries to the same keys.
   * @param bias of the source, `[sources, 1, 1, length]`
   * @param order the rows of the cache that x goes on with, i32 `[rows]`; as they are by default
   */
  step(
    x: Tensor,
    cache: LayerCache,
    bias: Tensor,
    order?: Tensor,
  ): { readonly y: Tensor; readonly target: KeysAndValues } {
    let target: KeysAndValues | undefined
    const toTarget: Attend = (y) => {
      const alone = reshape(y, [-1, 1, y.shape[2]!]) // [rows, 1, hiddenSize]
      target = append(cache.target, keysAndValues(this.selfAttention, alone), order)
      return reshape(attend(this.selfAttention, alone, target), y.shape)
    }
    const toSource: Attend = (y) => attend(this.sourceAttention, y, cache.source, { bias })
    const y = this.#sublayers(x, toTarget, toSource, {})
    return { y, target: target! }
  }

  #sublayers(x: Tensor, toTarget: Attend, toSource: Attend, options: ForwardOptions): Tensor {
    const afterTarget = this.selfAttentionResidual.around(x, toTarget, branch(options, 0))
    const afterSource = this.sourceAttentionResidual.around(afterTarget, toSource, branch(options, 1))
    return this.feedForwardResidual.around(afterSource, (y) => this.feedForward.forward(y), branch(options, 2))
  }
}

/** The layers one after the other. With pre-normalization their sum is normalized at the end. */
export class TranslationDecoder extends Module {
  readonly layer: TranslationDecoderLayer[]
  readonly norm: Layer | undefined
  /** Places of layers that are left out, as if the one before were followed by the one after; none by default. */
  readonly skipped: Set<number> = new Set()

  constructor(options: TranslationOptions) {
    super()
    const { config } = options
    this.layer = decoderShapes(config).map((shape, index) => new TranslationDecoderLayer(part(options, index), shape))
    this.norm = config.normalization === 'pre' ? norm(options) : undefined
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'layer') return undefined
    const { layer, skipped } = this
    return { slices: [], count: layer.length, skipped, kept: (places) => keepLayers(layer, places) }
  }

  /** @param x `[batch, length, hiddenSize]`; so is the result */
  forward(x: Tensor, source: EncodedSource, { bias, recompute = false, ...options }: LayersForwardOptions): Tensor {
    const last = this.layer.reduce((y, layer, index) => {
      if (this.skipped.has(index)) return y
      const run = ([input, hidden, sourceBias, later]: readonly [Tensor, Tensor, Tensor, Tensor]): Tensor => {
        using inner = scope()
        const encoded = { hidden, bias: sourceBias }
        return inner.keep(layer.forward(input, encoded, { bias: later, ...branch(options, index) }))
      }
      const inputs = [y, source.hidden, source.bias, bias] as const
      return recompute ? checkpoint(run, inputs) : run(inputs)
    }, x)
    return this.norm ? this.norm.forward(last) : last
  }

  /**
   * The same for the next token alone.
   *
   * @param x `[sources, rows of each, hiddenSize]`; so is `y`
   * @returns the caches for the token after it, too; none of a layer that is left out
   */
  step(
    x: Tensor,
    caches: readonly LayerCache[],
    bias: Tensor,
    order?: Tensor,
  ): { readonly y: Tensor; readonly targets: readonly (KeysAndValues | undefined)[] } {
    const targets: (KeysAndValues | undefined)[] = []
    const last = this.layer.reduce((input, layer, index) => {
      if (this.skipped.has(index)) {
        targets.push(undefined)
        return input
      }
      const { y, target } = layer.step(input, caches[index]!, bias, order)
      targets.push(target)
      return y
    }, x)
    return { y: this.norm ? this.norm.forward(last) : last, targets }
  }
}
