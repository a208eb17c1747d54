import { cast, type Tensor } from '@tlc/tensor'
import { currentPrecision } from './precision.ts'

/** A differentiable map from a weight to the weight that a layer uses: a pruning mask, a fake quantizer. */
export type Transform = (weight: Tensor) => Tensor

/**
 * A weight and its one seam: layers read `value`, which is `stored` passed through `transforms` in order and then, in
 * mixed precision, cast to f16; optimizers and checkpoints read and write `stored`.
 */
export class Parameter {
  /**
   * The values that are trained and saved. Change them with `stored.assign(...)` of a tensor that is not used
   * otherwise: `assign` shares its memory, and optimizers write in place.
   */
  get stored(): Tensor {
    return this.#stored
  }
  #stored: Tensor
  /** Applied in order at every read of `value`; add and remove freely. */
  readonly transforms: Transform[] = []
  /** Whether optimizers made from now on change it. */
  trainable = true

  constructor(stored: Tensor) {
    this.#stored = stored
  }

  /**
   * Puts a tensor of another shape in the place of the stored one, which is freed: optimizers over it, and transforms that
   * know its shape, have to be made anew. It lives from now on as long as the parameter, whatever scope is open.
   */
  replace(stored: Tensor): void {
    stored.moveTo(undefined)
    this.#stored.dispose()
    this.#stored = stored
  }

  get value(): Tensor {
    let weight = this.stored
    for (const transform of this.transforms) weight = transform(weight)
    return weight.dtype === 'f32' ? cast(weight, currentPrecision()) : weight
  }
}
