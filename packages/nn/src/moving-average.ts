import { add, mul, scope, sub, type Tensor } from '@tlc/tensor'
import { copyOf, copyTensors } from './copy-tensors.ts'
import type { Parameter } from './parameter.ts'

export interface MovingAverageOptions {
  /** d, 0.999 by default: the average is over about the last 1 / (1 - d) steps */
  readonly decay?: number
  /** whether dₙ is min(d, (1 + n) / (10 + n)), so that the first weights are soon forgotten; true by default */
  readonly warmUp?: boolean
}

/** What a moving average remembers. */
export interface MovingAverageState {
  /** updates done */
  readonly updates: number
  /** by parameter; the average's own, not copies */
  readonly tensors: ReadonlyMap<string, Tensor>
}

/**
 * The exponential moving average of weights, which is often better than the last ones: θ̄₀ = θ₀;
 * θ̄ₙ = dₙ θ̄ₙ₋₁ + (1 - dₙ) θₙ. It begins with the weights as they are when it is made.
 *
 * ```ts
 * average.update() // after each step
 * {
 *   using _averaged = average.swapIn()
 *   await evaluate(model)
 * } // here the model has its own weights again
 * ```
 *
 * @see Polyak & Juditsky 1992; Szegedy et al. 2016, section 8
 */
export class MovingAverage {
  readonly #weights: ReadonlyMap<string, Tensor>
  readonly #averages: ReadonlyMap<string, Tensor>
  readonly #decay: number
  readonly #warmUp: boolean
  #updates = 0
  #swapped = false

  /** @throws RangeError unless 0 <= decay < 1 */
  constructor(parameters: ReadonlyMap<string, Parameter>, { decay = 0.999, warmUp = true }: MovingAverageOptions = {}) {
    if (!(decay >= 0 && decay < 1)) throw new RangeError(`MovingAverage: decay must be 0 <= decay < 1, got ${decay}`)
    this.#weights = new Map([...parameters].map(([name, { stored }]) => [name, stored]))
    this.#averages = new Map([...this.#weights].map(([name, weight]) => [name, copyOf(weight)]))
    this.#decay = decay
    this.#warmUp = warmUp
  }

  /**
   * Takes the weights in, after a step.
   *
   * @throws Error while the averages are swapped in
   */
  update(): void {
    this.#checkOut('update')
    this.#updates++
    const n = this.#updates
    const decay = this.#warmUp ? Math.min(this.#decay, (1 + n) / (10 + n)) : this.#decay
    for (const [name, average] of this.#averages) {
      using _inner = scope()
      // Written so that the average of weights that do not change is those weights, to the bit.
      average.assign(add(average, mul(sub(this.#weights.get(name)!, average), 1 - decay)))
    }
  }

  /**
   * Puts the averages in the place of the weights until the result is disposed. They change places: nothing is copied.
   *
   * @throws Error if they are swapped in already
   */
  swapIn(): Disposable {
    this.#checkOut('swapIn')
    this.#exchange()
    this.#swapped = true
    return {
      [Symbol.dispose]: () => {
        if (!this.#swapped) return
        this.#exchange()
        this.#swapped = false
      },
    }
  }

  /** @throws Error while the averages are swapped in */
  state(): MovingAverageState {
    this.#checkOut('state')
    return { updates: this.#updates, tensors: this.#averages }
  }

  /**
   * Goes on from a state that an average of the same parameters gave.
   *
   * @throws TensorMismatchError if names or shapes differ, with nothing changed
   */
  load({ updates, tensors }: MovingAverageState): void {
    this.#checkOut('load')
    if (!(Number.isInteger(updates) && updates >= 0))
      throw new RangeError(`MovingAverage.load: updates must be a whole number >= 0, got ${updates}`)
    copyTensors(this.#averages, tensors, 'the moving average')
    this.#updates = updates
  }

  dispose(): void {
    for (const average of this.#averages.values()) average.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #exchange(): void {
    for (const [name, average] of this.#averages) {
      const weight = this.#weights.get(name)!
      using former = weight.alias()
      weight.assign(average)
      average.assign(former)
    }
  }

  #checkOut(method: string): void {
    if (this.#swapped)
      throw new Error(`MovingAverage.${method}: the averages are in the place of the weights; dispose what swapIn gave`)
  }
}
