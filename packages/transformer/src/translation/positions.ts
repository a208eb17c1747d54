import { type Embedding, Module } from '@tlc/nn'
import { slice, type Tensor, tensor } from '@tlc/tensor'
import type { TranslationConfig } from './config.ts'
import type { TranslationOptions } from './options.ts'
import { table } from './parts.ts'

/** What is added to the embeddings of tokens, by their place. */
export interface Positions extends Module {
  /** The rows of the places start..start+length-1, counted from 0: `[length, hiddenSize]`. */
  forward(start: number, length: number): Tensor
}

/**
 * Row p is sin(p f₀) … sin(p f_h₋₁), cos(p f₀) … cos(p f_h₋₁) with fᵢ = 10,000^(-i/(h-1)) and h = ⌊size/2⌋; an odd size
 * ends in 0. The row of padding is 0. Sines come first and then cosines, as in fairseq; the paper has them by turns,
 * which is the same up to the order of the features.
 *
 * @returns f32 numbers `[count, size]`
 * @see Vaswani et al. 2017, section 3.5
 */
export function sinusoidalTable(count: number, size: number, paddingId: number): Float32Array {
  const half = Math.floor(size / 2)
  const rows = new Float32Array(count * size)
  for (let position = 0; position < count; position++) {
    if (position === paddingId) continue
    for (let i = 0; i < half; i++) {
      const angle = position * 10_000 ** (-i / Math.max(half - 1, 1))
      rows[position * size + i] = Math.sin(angle)
      rows[position * size + half + i] = Math.cos(angle)
    }
  }
  return rows
}

/** Sines and cosines of the place. Positions begin after the padding id, as in fairseq. */
class SinusoidalPositions extends Module implements Positions {
  readonly table: Tensor
  readonly #first: number

  constructor({ maxLength, hiddenSize, paddingId }: TranslationConfig) {
    super()
    this.#first = paddingId + 1
    const count = maxLength + this.#first
    this.table = tensor(sinusoidalTable(count, hiddenSize, paddingId), { shape: [count, hiddenSize] })
  }

  forward(start: number, length: number): Tensor {
    return slice(this.table, [this.#first + start], [this.#first + start + length])
  }
}

/** A table that is trained, `[maxLength, hiddenSize]`. */
class LearnedPositions extends Module implements Positions {
  readonly table: Embedding

  constructor(options: TranslationOptions) {
    super()
    this.table = table(options, options.config.maxLength)
  }

  forward(start: number, length: number): Tensor {
    return slice(this.table.weight.value, [start], [start + length])
  }
}

const kinds: { readonly [Kind in TranslationConfig['positions']]: (options: TranslationOptions) => Positions } = {
  sinusoidal: ({ config }) => new SinusoidalPositions(config),
  learned: (options) => new LearnedPositions(options),
}

/** The positions that a configuration names. */
export function positionsOf(options: TranslationOptions): Positions {
  return kinds[options.config.positions](options)
}
