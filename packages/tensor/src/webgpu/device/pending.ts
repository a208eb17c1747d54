/** What the device has yet to answer before recorded commands may be handed to it: shaders that compile, allocations. */
export class Pending {
  readonly #open = new Set<Promise<unknown>>()

  add(answer: Promise<unknown>): void {
    this.#open.add(answer)
    const answered = (): void => void this.#open.delete(answer)
    answer.then(answered, answered)
  }

  /** Resolves when all that is pending now is answered; undefined if nothing is. */
  get all(): Promise<unknown> | undefined {
    return this.#open.size > 0 ? Promise.all(this.#open) : undefined
  }
}
