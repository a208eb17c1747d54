import type { Tensor } from '@tlc/tensor'
import { branch, type ForwardOptions, type Layer } from '../forward.ts'
import { Module } from '../module.ts'

/** Layers one after the other; each draws from a key of its own. */
export class Sequential extends Module {
  readonly layers: Layer[]

  constructor(layers: readonly Layer[]) {
    super()
    this.layers = [...layers]
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return this.layers.reduce((y, layer, index) => layer.forward(y, branch(options, index)), x)
  }
}
