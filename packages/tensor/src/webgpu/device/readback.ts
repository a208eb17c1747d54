import { guarded } from './guarded.ts'
import type { Pending } from './pending.ts'
import { mapRead, usage } from './usage.ts'

/** A buffer that is copied to and then read. */
export interface Staging {
  readonly buffer: GPUBuffer
  readonly size: number
  /** why there is none */
  problem: Error | undefined
}

/** Staging buffers, kept for the next time. */
export class Readback {
  readonly #device: GPUDevice
  readonly #pending: Pending
  readonly #free: Staging[] = []
  readonly #all = new Set<Staging>()

  constructor(device: GPUDevice, pending: Pending) {
    this.#device = device
    this.#pending = pending
  }

  /** A buffer to copy at least so many bytes to. */
  take(bytes: number): Staging {
    const place = this.#free.findIndex(({ size }) => size >= bytes && size <= 4 * Math.max(bytes, 1024))
    return place >= 0 ? this.#free.splice(place, 1)[0]! : this.#make(Math.max(Math.ceil(bytes / 4) * 4, 1024))
  }

  /**
   * Waits for the copy and reads it.
   *
   * @param check throws what is wrong with the device, if anything is
   */
  async read(staging: Staging, bytes: number, check: () => void): Promise<ArrayBuffer> {
    const { buffer } = staging
    const copied = Math.ceil(bytes / 4) * 4
    try {
      await buffer.mapAsync(mapRead, 0, copied)
    } catch (error) {
      check()
      throw error
    }
    const data = buffer.getMappedRange(0, copied).slice(0, bytes)
    buffer.unmap()
    this.keep(staging)
    check()
    return data
  }

  /** Takes one back. A few are kept, the largest go first. */
  keep(staging: Staging): void {
    if (staging.problem) return
    this.#free.push(staging)
    if (this.#free.length <= 8) return
    this.#free.sort((a, b) => a.size - b.size)
    this.#drop(this.#free.pop()!)
  }

  close(): void {
    for (const { buffer } of this.#all) buffer.destroy()
    this.#all.clear()
    this.#free.length = 0
  }

  #make(size: number): Staging {
    const [buffer, refusal] = guarded(this.#device, { size, usage: usage.mapRead | usage.copyTarget })
    const staging: Staging = { buffer, size, problem: undefined }
    this.#all.add(staging)
    this.#pending.add(
      refusal.then((error) => {
        if (!error) return
        staging.problem = new RangeError(
          `webgpu: out of memory: there is none for a copy of ${size} bytes to read; free tensors, or read a slice`,
          { cause: error },
        )
        this.#drop(staging)
      }),
    )
    return staging
  }

  #drop(staging: Staging): void {
    this.#all.delete(staging)
    staging.buffer.destroy()
  }
}
