import { dropout, type Tensor } from '@tlc/tensor'
import type { ForwardOptions } from '../forward.ts'
import { Module } from '../module.ts'

/** Zeroes elements with probability `rate` and divides the rest by 1 - rate, in training (with a key) only. */
export class Dropout extends Module {
  readonly rate: number

  /** @throws RangeError unless 0 <= rate < 1 */
  constructor(rate: number) {
    super()
    if (!(rate >= 0 && rate < 1)) throw new RangeError(`Dropout: rate must be 0 <= rate < 1, got ${rate}`)
    this.rate = rate
  }

  forward(x: Tensor, { key }: ForwardOptions = {}): Tensor {
    return key ? dropout(x, { key, rate: this.rate }) : x
  }
}
