/** The largest of the numbers that are offered, at most `limit` of them, the largest first; of equal ones the first. */
export class Largest {
  /** what they are, sorted */
  readonly values: number[] = []
  /** whose they are */
  readonly ids: number[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What a number must exceed to be taken; NaN and -∞ never are. */
  get bar(): number {
    return this.values.length < this.#limit ? -Infinity : this.values.at(-1)!
  }

  /** Takes a number that exceeds the bar. */
  take(value: number, id: number): void {
    if (this.values.length === this.#limit) {
      this.values.pop()
      this.ids.pop()
    }
    let place = this.values.length
    while (place > 0 && this.values[place - 1]! < value) place--
    this.values.splice(place, 0, value)
    this.ids.splice(place, 0, id)
  }

  /** Offers numbers[start..end-1], each increased by `base`; the id of each is its index. */
  offerAll(numbers: Float32Array, start: number, end: number, base: number): void {
    // Almost all are far too small. One comparison finds that, twice as fast as an addition and a comparison; it leaves
    // more room than float64 sums of log-probabilities can be wrong by, and those that pass are looked at exactly.
    const lowest = (): number => this.bar - base - 1e-9
    let low = lowest()
    for (let index = start; index < end; index++) {
      if (!(numbers[index]! > low)) continue
      const value = base + numbers[index]!
      if (!(value > this.bar)) continue
      this.take(value, index)
      low = lowest()
    }
  }
}
