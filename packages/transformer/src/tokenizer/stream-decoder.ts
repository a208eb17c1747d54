/**
 * Ids back to text as they come: what is not yet a whole character is held back. All that `push` and `end` return, one after
 * the other, is what `decode` gives for all ids at once.
 */
export class StreamDecoder {
  readonly #bytesOf: (id: number) => Uint8Array
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  /** @param bytesOf what an id stands for; throws for one that does not exist */
  constructor(bytesOf: (id: number) => Uint8Array) {
    this.#bytesOf = bytesOf
  }

  /** The characters that the ids complete, maybe none. */
  push(...ids: readonly number[]): string {
    return ids.map((id) => this.#decoder.decode(this.#bytesOf(id), { stream: true })).join('')
  }

  /** What is left: U+FFFD for a character that was never completed. The decoder can then start again. */
  end(): string {
    return this.#decoder.decode()
  }
}
