/** What is alive on a backend. */
export interface Memory {
  /** Storages alive: a reshape shares one. */
  readonly tensors: number
  /** Their bytes. */
  readonly bytes: number
  /** The most bytes alive at once since the start or `resetPeak`. */
  readonly peakBytes: number
}

/** Counts storages and bytes as they come and go. */
export class Ledger {
  #tensors = 0
  #bytes = 0
  #peakBytes = 0

  add(bytes: number): void {
    this.#tensors++
    this.#bytes += bytes
    if (this.#bytes > this.#peakBytes) this.#peakBytes = this.#bytes
  }

  remove(bytes: number): void {
    this.#tensors--
    this.#bytes -= bytes
  }

  /** Lets `peakBytes` start again from what is alive now. */
  resetPeak(): void {
    this.#peakBytes = this.#bytes
  }

  read(): Memory {
    return { tensors: this.#tensors, bytes: this.#bytes, peakBytes: this.#peakBytes }
  }
}
