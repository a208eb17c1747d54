import { layerNorm, ones, type Tensor, zeros } from '@tlc/tensor'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface LayerNormOptions {
  readonly size: number
  /** ε, 1e-5 by default */
  readonly epsilon?: number
}

/**
 * y = (x - mean) / √(variance + ε) · weight + bias over the last axis. x and y `[..., size]`; weight starts at 1, bias at 0.
 *
 * @see Ba, Kiros & Hinton 2016, eq. 3
 */
export class LayerNorm extends Module {
  readonly weight: Parameter
  readonly bias: Parameter
  readonly epsilon: number

  constructor({ size, epsilon = 1e-5 }: LayerNormOptions) {
    super()
    this.weight = new Parameter(ones([size]))
    this.bias = new Parameter(zeros([size]))
    this.epsilon = epsilon
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight.value, this.bias.value, { epsilon: this.epsilon })
  }
}
