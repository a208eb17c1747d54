import { add, attention, cast, foldIn, type Key, permute, reshape, ShapeError, type Tensor } from '@tlc/tensor'
import { causalBias, paddingBias } from '../attention-bias.ts'
import type { ForwardOptions, Layer } from '../forward.ts'
import type { Initializer } from '../initialize.ts'
import { Module } from '../module.ts'
import { columnsOf, rowsOf } from '../unit-slices.ts'
import type { UnitKind, Units } from '../units.ts'
import { Linear } from './linear.ts'

export interface HeadsOptions {
  readonly heads: number
  /** added to the scores; broadcasts to `[batch, heads, queries, keys]` */
  readonly bias?: Tensor | undefined
  /** drops attention weights, in training; 0 by default */
  readonly dropoutRate?: number
  readonly key?: Key | undefined
}

/**
 * Splits projections into heads, lets each attend by softmax(q kᵀ / √headSize + bias) v, and puts the results side by side.
 *
 * @param q `[batch, queries, size]`
 * @param k `[batch, keys, size]`
 * @param v `[batch, keys, size]`
 * @returns `[batch, queries, size]`
 * @see Vaswani et al. 2017, section 3.2.2
 */
export function attendWithHeads(q: Tensor, k: Tensor, v: Tensor, options: HeadsOptions): Tensor {
  const { heads, bias, dropoutRate = 0, key } = options
  const size = q.shape.at(-1)!
  if (size % heads !== 0) throw new ShapeError(`attention: size ${size} does not divide into ${heads} heads`)
  const attended = attention(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads), {
    ...(bias && { bias: cast(bias, q.dtype) }),
    ...(key && dropoutRate > 0 && { dropout: { key, rate: dropoutRate } }),
  })
  return reshape(permute(attended, [0, 2, 1, 3]), q.shape) // [batch, queries, size]
}

function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, time, size] = x.shape
  return permute(reshape(x, [batch!, time!, heads, size! / heads]), [0, 2, 1, 3]) // [batch, heads, time, headSize]
}

export interface MultiHeadAttentionOptions {
  readonly size: number
  readonly heads: number
  /** features of each head; size / heads by default */
  readonly headSize?: number
  /** of the first weights */
  readonly key: Key
  /** of what is attended to; `size` by default */
  readonly keySize?: number
  readonly valueSize?: number
  /** whether the four projections have biases; true by default */
  readonly bias?: boolean
  /** of attention weights, 0 by default */
  readonly dropoutRate?: number
  readonly initialize?: Initializer
}

export interface AttentionForwardOptions extends ForwardOptions {
  /** what is attended to, `[batch, keys, keySize]`; x itself (self-attention) by default */
  readonly keys?: Tensor
  /** `[batch, keys, valueSize]`; the keys by default */
  readonly values?: Tensor
  /** `[batch, keys]`, 1 at real tokens, 0 at padding, which is hidden */
  readonly mask?: Tensor
  /** whether later keys are hidden; false by default */
  readonly causal?: boolean
}

/**
 * Wₒ concat(head₁ … headₕ), headᵢ = softmax(q kᵀ / √headSize) v of the i-th part of the projections Wq x, Wk keys, Wv values.
 *
 * @see Vaswani et al. 2017, section 3.2.2
 */
export class MultiHeadAttention extends Module {
  readonly headSize: number
  readonly dropoutRate: number
  readonly query: Layer
  readonly key: Layer
  readonly value: Layer
  readonly output: Layer
  #heads: number

  constructor(options: MultiHeadAttentionOptions) {
    super()
    const { size, heads, key, keySize = size, valueSize = size, bias = true, dropoutRate = 0, initialize } = options
    const { headSize = size / heads } = options
    if (!Number.isInteger(headSize))
      throw new ShapeError(`MultiHeadAttention: size ${size} does not divide into ${heads} heads`)
    const project = (part: number, inputSize: number, outputSize: number): Linear =>
      new Linear({ inputSize, outputSize, key: foldIn(key, part), bias, ...(initialize && { initialize }) })
    const attentionSize = heads * headSize
    this.headSize = headSize
    this.#heads = heads
    this.dropoutRate = dropoutRate
    this.query = project(0, size, attentionSize)
    this.key = project(1, keySize, attentionSize)
    this.value = project(2, valueSize, attentionSize)
    this.output = project(3, attentionSize, size)
  }

  /** how many there are; fewer when some were cut */
  get heads(): number {
    return this.#heads
  }

  override units(kind: UnitKind): Units | undefined {
    if (kind !== 'head') return undefined
    const made = [this.query, this.key, this.value].flatMap((layer) => rowsOf(layer, this.headSize))
    return {
      slices: [...made, ...columnsOf(this.output, this.headSize)],
      kept: (heads) => {
        this.#heads = heads.length
      },
    }
  }

  /** @param x `[batch, queries, size]`; so is the result */
  forward(x: Tensor, options: AttentionForwardOptions = {}): Tensor {
    const { keys = x, values = keys, mask, causal = false, key } = options
    const biases = [...(mask ? [paddingBias(mask)] : []), ...(causal ? [causalBias(x.shape[1]!, keys.shape[1]!)] : [])]
    const attended = attendWithHeads(this.query.forward(x), this.key.forward(keys), this.value.forward(values), {
      heads: this.heads,
      bias: biases.length ? biases.reduce(add) : undefined,
      dropoutRate: this.dropoutRate,
      key,
    })
    return this.output.forward(attended)
  }
}
