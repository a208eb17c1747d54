import { extremes } from './range-rule.ts'

/** Copies of batches of values. */
export class Samples {
  readonly #batches: Float32Array[] = []

  /** @throws RangeError if a batch is empty, or a value is not finite */
  add(values: Float32Array): void {
    extremes(values)
    this.#batches.push(values.slice())
  }

  /** All values, in a new array. */
  all(): Float32Array {
    const joined = new Float32Array(this.#batches.reduce((sum, { length }) => sum + length, 0))
    let place = 0
    for (const batch of this.#batches) {
      joined.set(batch, place)
      place += batch.length
    }
    return joined
  }
}
