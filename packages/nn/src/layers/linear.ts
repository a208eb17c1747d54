import { type Key, linear, type Tensor } from '@tlc/tensor'
import { constant, type Initializer, xavierUniform } from '../initialize.ts'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface LinearOptions {
  readonly inputSize: number
  readonly outputSize: number
  /** of the first weight */
  readonly key: Key
  /** whether there is a bias, which starts at 0; true by default */
  readonly bias?: boolean
  /** Xavier, even, by default */
  readonly initialize?: Initializer
}

/** Parameters that exist already: a decoder tied to its embedding shares the weight. */
export interface LinearParameters {
  readonly weight: Parameter
  readonly bias?: Parameter | undefined
}

/** y = x Wᵀ + b. x `[..., in]`, weight `[out, in]`, bias `[out]`; returns `[..., out]`. */
export class Linear extends Module {
  readonly weight: Parameter
  readonly bias: Parameter | undefined

  constructor(options: LinearOptions | LinearParameters) {
    super()
    if ('weight' in options) {
      this.weight = options.weight
      this.bias = options.bias
      return
    }
    const { inputSize, outputSize, key, bias = true, initialize = xavierUniform() } = options
    this.weight = new Parameter(initialize(key, [outputSize, inputSize]))
    this.bias = bias ? new Parameter(constant(0)(key, [outputSize])) : undefined
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value)
  }
}
