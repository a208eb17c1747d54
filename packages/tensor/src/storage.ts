import type { Backend, DeviceBuffer } from './backend.ts'

/** One buffer on a backend, alive as long as some tensor holds it. */
export class Storage {
  readonly backend: Backend
  readonly buffer: DeviceBuffer
  readonly #bytes: number
  #references = 1

  constructor(backend: Backend, bytes: number) {
    this.backend = backend
    this.buffer = backend.allocate(bytes)
    this.#bytes = bytes
    backend.ledger.add(bytes)
  }

  retain(): this {
    this.#references++
    return this
  }

  release(): void {
    if (--this.#references > 0) return
    this.backend.ledger.remove(this.#bytes)
    this.backend.free(this.buffer)
  }
}
