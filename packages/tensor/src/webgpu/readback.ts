import { mapRead, usage } from './usage.ts'

/** Buffers that are copied to and then read, kept for the next time. */
export class Readback {
  readonly #device: GPUDevice
  readonly #free: GPUBuffer[] = []
  readonly #all = new Set<GPUBuffer>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** A buffer to copy at least so many bytes to. */
  take(bytes: number): GPUBuffer {
    const place = this.#free.findIndex(({ size }) => size >= bytes && size <= 4 * Math.max(bytes, 1024))
    if (place >= 0) return this.#free.splice(place, 1)[0]!
    const size = Math.max(Math.ceil(bytes / 4) * 4, 1024)
    const made = this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
    this.#all.add(made)
    return made
  }

  /**
   * Waits for the copy and reads it.
   *
   * @param check throws what is wrong with the device, if anything is
   */
  async read(staging: GPUBuffer, bytes: number, check: () => void): Promise<ArrayBuffer> {
    try {
      await staging.mapAsync(mapRead, 0, Math.ceil(bytes / 4) * 4)
    } catch (error) {
      check()
      throw error
    }
    const data = staging.getMappedRange(0, Math.ceil(bytes / 4) * 4).slice(0, bytes)
    staging.unmap()
    this.#keep(staging)
    check()
    return data
  }

  close(): void {
    for (const buffer of this.#all) buffer.destroy()
    this.#all.clear()
    this.#free.length = 0
  }

  /** A few buffers are kept, the largest go first. */
  #keep(staging: GPUBuffer): void {
    this.#free.push(staging)
    if (this.#free.length <= 8) return
    this.#free.sort((a, b) => a.size - b.size)
    const largest = this.#free.pop()!
    this.#all.delete(largest)
    largest.destroy()
  }
}
