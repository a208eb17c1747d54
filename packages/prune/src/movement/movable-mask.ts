import type { Parameter, Transform } from '@tlc/nn'
import { scope, type Tensor, tensor } from '@tlc/tensor'
import { type Mask, setMask } from '../mask.ts'

/**
 * A mask on a parameter that moves while it is trained, and lets gradients through where it prunes. It keeps all until
 * it is set.
 */
export class MovableMask implements Disposable {
  readonly parameter: Parameter
  /** On the device: bool, of the weight's shape. */
  readonly #condition: Tensor
  readonly #transform: Transform

  /** @param through the masked weight, with a derivative of its own */
  constructor(parameter: Parameter, through: (weight: Tensor, mask: Tensor) => Tensor) {
    const { shape, size, backend } = parameter.stored
    const condition = tensor(new Uint8Array(size).fill(1), { shape, dtype: 'bool', backend })
    // It lives as long as it is on the parameter, whatever scope happens to be open now.
    condition.moveTo(undefined)
    this.parameter = parameter
    this.#condition = condition
    this.#transform = (weight) => through(weight, condition)
    parameter.transforms.push(this.#transform)
  }

  set(mask: Mask): void {
    using _inner = scope()
    const { shape, backend } = this.#condition
    this.#condition.assign(tensor(mask, { shape, dtype: 'bool', backend }))
  }

  /** Becomes an ordinary mask, which stays. */
  async freeze(): Promise<void> {
    const mask = (await this.#condition.data()) as Mask
    this.dispose()
    setMask(this.parameter, mask)
  }

  /** Takes it off the parameter, whose stored values count again. */
  dispose(): void {
    const { transforms } = this.parameter
    const place = transforms.indexOf(this.#transform)
    if (place < 0) return
    transforms.splice(place, 1)
    this.#condition.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
