import { valueAndGrad } from '@tlc/autograd'
import { add, type Backend, clamp, equal, mul, scope, type Tensor, tensor, where } from '@tlc/tensor'
import type { LossAndGradients } from './accumulate.ts'
import { withPrecision } from './precision.ts'

export interface LossScaleOptions {
  /** a power of two; 2¹⁶ by default */
  readonly initial?: number
  /** steps without an overflow after which it doubles; 2000 by default */
  readonly growthInterval?: number
  /** that in use by default */
  readonly backend?: Backend
}

/** What a loss scale is at, for checkpoints. */
export interface LossScaleState {
  readonly scale: number
  /** steps without an overflow since it last changed */
  readonly goodSteps: number
}

const [smallest, largest] = [1, 2 ** 24]

/**
 * What the loss is multiplied with in mixed precision. Gradients below 2⁻²⁴ would be 0 in f16; those of a loss that is S
 * times as large are S times as large, and are divided by S where they are f32. S is found on the way: it is halved when
 * a gradient overflows (that step is skipped), and doubled after `growthInterval` steps without. It lives on the device,
 * so nothing is read back.
 *
 * @see Micikevicius et al. 2018, section 3.2
 */
export class LossScale implements Disposable {
  /** S, a scalar: a power of two, so that scaling is exact */
  readonly value: Tensor
  readonly #goodSteps: Tensor
  readonly #growthInterval: number

  /** @throws RangeError unless `initial` is a power of two from 1 to 2²⁴, and the interval a whole number > 0 */
  constructor({ initial = 2 ** 16, growthInterval = 2000, backend }: LossScaleOptions = {}) {
    checkScale(initial)
    if (!(Number.isInteger(growthInterval) && growthInterval > 0))
      throw new RangeError(`LossScale: growthInterval must be a whole number > 0, got ${growthInterval}`)
    const on = backend ? { backend } : {}
    this.value = tensor(initial, on)
    this.#goodSteps = tensor(0, on)
    this.#growthInterval = growthInterval
  }

  /** The loss, and S times its gradients at f32 weights, by a forward and a backward pass in f16. */
  gradients(loss: () => Tensor, weights: readonly Tensor[]): LossAndGradients {
    const scaled = () => {
      const value = loss()
      return { value: mul(value, this.value), auxiliary: value }
    }
    using inner = scope()
    const { auxiliary, gradients } = withPrecision('f16', () => valueAndGrad(scaled, weights))
    inner.keep([auxiliary, ...gradients])
    return { value: auxiliary, gradients }
  }

  /** @param finite bool, a scalar: whether all gradients of the step were */
  update(finite: Tensor): void {
    using _inner = scope()
    const good = where(finite, add(this.#goodSteps, 1), 0)
    const due = equal(good, this.#growthInterval)
    const next = where(finite, where(due, mul(this.value, 2), this.value), mul(this.value, 0.5))
    this.value.assign(clamp(next, smallest, largest))
    this.#goodSteps.assign(where(due, 0, good))
  }

  async state(): Promise<LossScaleState> {
    const [scale, goodSteps] = await Promise.all([this.value.item(), this.#goodSteps.item()])
    return { scale, goodSteps }
  }

  /** @throws RangeError if the state is none, with nothing changed */
  load({ scale, goodSteps }: LossScaleState): void {
    checkScale(scale)
    if (!(Number.isInteger(goodSteps) && goodSteps >= 0))
      throw new RangeError(`LossScale: goodSteps must be a whole number >= 0, got ${goodSteps}`)
    using _inner = scope()
    const { backend } = this.value
    this.value.assign(tensor(scale, { backend }))
    this.#goodSteps.assign(tensor(goodSteps, { backend }))
  }

  dispose(): void {
    this.value.dispose()
    this.#goodSteps.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

function checkScale(scale: number): void {
  if (!(scale >= smallest && scale <= largest && Number.isInteger(Math.log2(scale))))
    throw new RangeError(`LossScale: the scale must be a power of two from ${smallest} to ${largest}, got ${scale}`)
}
