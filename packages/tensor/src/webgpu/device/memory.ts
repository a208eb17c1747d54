import type { DeviceBuffer } from '../../backend.ts'

/** A buffer of the device, which many tensors use one after the other. */
export interface Memory {
  buffer: GPUBuffer
  /** for keys of caches */
  readonly id: number
  readonly size: number
  /** the last submission whose commands use it */
  lastUse: number
  /** whether the device has said that there is such a buffer */
  answered: boolean
  /** why there is none */
  problem: Error | undefined
}

/** The memory of one tensor. */
export class Block implements DeviceBuffer {
  readonly bytes: number
  readonly memory: Memory
  /** Why its numbers were never computed. */
  #lost: Error | undefined

  constructor(bytes: number, memory: Memory) {
    this.bytes = bytes
    this.memory = memory
  }

  /** Why it holds nothing, if so. */
  get problem(): Error | undefined {
    return this.memory.problem ?? this.#lost
  }

  lose(problem: Error): void {
    this.#lost = problem
  }
}
