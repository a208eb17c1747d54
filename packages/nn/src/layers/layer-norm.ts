import { add, cast, div, layerNorm, mul, ones, ShapeError, sqrt, sub, sum, type Tensor, zeros } from '@tlc/tensor'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface LayerNormOptions {
  readonly size: number
  /** how many features there were before some were removed, which mean and variance go on counting as 0; `size` by default */
  readonly originalSize?: number
  /** ε, 1e-5 by default */
  readonly epsilon?: number
}

/**
 * y = (x - mean) / √(variance + ε) · weight + bias over the last axis. x and y `[..., size]`; weight starts at 1, bias at 0.
 *
 * When features were removed that were always 0, mean and variance go on counting them, and the others come out as before:
 * with n of N features left, mean = Σx / N, variance = (Σ(x - mean)² + (N - n) mean²) / N.
 *
 * @see Ba, Kiros & Hinton 2016, eq. 3
 */
export class LayerNorm extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly epsilon: number
  /** N */
  readonly #originalSize: number

  /** @throws ShapeError if the original size is below the size */
  constructor({ size, originalSize = size, epsilon = 1e-5 }: LayerNormOptions) {
    super()
    if (originalSize < size)
      throw new ShapeError(`LayerNorm: originalSize must be >= size ${size}, got ${originalSize}; features only go`)
    this.weight = new Parameter(ones([size]))
    this.bias = new Parameter(zeros([size]))
    this.epsilon = epsilon
    this.#originalSize = originalSize
  }

  forward(x: Tensor): Tensor {
    const removed = this.#originalSize - this.weight.stored.size
    if (removed > 0) return this.#amongRemoved(x, removed)
    return layerNorm(x, this.weight.value, this.bias.value, { epsilon: this.epsilon })
  }

  #amongRemoved(given: Tensor, removed: number): Tensor {
    const x = cast(given, 'f32')
    const total = this.#originalSize
    const mean = div(sum(x, last), total) // [..., 1]
    const centered = sub(x, mean)
    const squares = add(sum(mul(centered, centered), last), mul(mul(mean, mean), removed)) // [..., 1]
    const scale = div(1, sqrt(add(div(squares, total), this.epsilon)))
    const normalized = cast(mul(centered, scale), given.dtype)
    return add(mul(normalized, this.weight.value), this.bias.value)
  }
}

const last = { axis: -1, keepDims: true } as const
