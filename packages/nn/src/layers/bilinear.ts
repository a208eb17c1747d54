import { add, einsum, type Key, reshape, type Tensor } from '@tlc/tensor'
import { constant, type Initializer, xavierUniform } from '../initialize.ts'
import { Module } from '../module.ts'
import { Parameter } from '../parameter.ts'

export interface BilinearOptions {
  /** sizes of a and b */
  readonly inputSizes: readonly [number, number]
  readonly outputSize: number
  /** of the first weight */
  readonly key: Key
  /** whether there is a bias, which starts at 0; true by default */
  readonly bias?: boolean
  /** of the weight as a matrix `[out, n · m]`; Xavier, even, by default */
  readonly initialize?: Initializer
}

/** yₖ = aᵀ Wₖ b + biasₖ. a `[..., n]`, b `[..., m]`, weight `[out, n, m]`, bias `[out]`; returns `[..., out]`. */
export class Bilinear extends Module {
  readonly weight: Parameter
  readonly bias: Parameter | undefined

  constructor({ inputSizes, outputSize, key, bias = true, initialize = xavierUniform() }: BilinearOptions) {
    super()
    const [n, m] = inputSizes
    using matrix = initialize(key, [outputSize, n * m])
    this.weight = new Parameter(reshape(matrix, [outputSize, n, m]))
    this.bias = bias ? new Parameter(constant(0)(key, [outputSize])) : undefined
  }

  forward(a: Tensor, b: Tensor): Tensor {
    const y = einsum('...i,kij,...j->...k', a, this.weight.value, b)
    return this.bias ? add(y, this.bias.value) : y
  }
}
