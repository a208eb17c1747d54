import { gelu, mul, relu, sigmoid, type Tensor, tanh } from '@tlc/tensor'
import { Module } from '../module.ts'

export type ActivationName = 'relu' | 'gelu' | 'tanh' | 'sigmoid' | 'silu'

/** The elementwise functions that configurations name. */
export const activations: { readonly [Name in ActivationName]: (x: Tensor) => Tensor } = {
  relu,
  gelu,
  tanh,
  sigmoid,
  // x σ(x), Elfwing et al. 2018
  silu: (x) => mul(x, sigmoid(x)),
}

/** An elementwise function as a layer. */
export class Activation extends Module {
  readonly name: ActivationName

  constructor(name: ActivationName) {
    super()
    this.name = name
  }

  forward(x: Tensor): Tensor {
    return activations[this.name](x)
  }
}
