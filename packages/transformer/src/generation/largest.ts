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

  /** Offers all of a row; the id of each is its index. */
  offerAll(numbers: Float32Array): void {
    // Almost all are far too small: what they must exceed is kept at hand.
    let bar = this.bar
    for (let index = 0; index < numbers.length; index++) {
      if (!(numbers[index]! > bar)) continue
      this.take(numbers[index]!, index)
      bar = this.bar
    }
  }
}
