import { columnsOf, Linear, Module, Parameter, rowsOf, type UnitKind, type Units } from '@tlc/nn'
import { relu, type Tensor, tensor } from '@tlc/tensor'

/** W₂ relu(W₁ x + b₁), whose neurons can be cut. */
export class FeedForward extends Module {
  readonly inner: Linear
  readonly outer: Linear

  /** @param w1 `[neurons, in]` @param b1 `[neurons]` @param w2 `[out, neurons]` */
  constructor(w1: number[][], b1: number[], w2: number[][]) {
    super()
    this.inner = linear(w1, b1)
    this.outer = linear(w2)
  }

  override units(kind: UnitKind): Units | undefined {
    return kind === 'neuron' ? { slices: [...rowsOf(this.inner), ...columnsOf(this.outer)] } : undefined
  }

  forward(x: Tensor): Tensor {
    return this.outer.forward(relu(this.inner.forward(x)))
  }
}

function linear(weight: number[][], bias?: number[]): Linear {
  return new Linear({ weight: new Parameter(tensor(weight)), bias: bias && new Parameter(tensor(bias)) })
}
