import type { DeviceBuffer } from '../backend.ts'
import { usage } from './usage.ts'

/** A buffer of the device, which many tensors use one after the other. */
export interface Memory {
  readonly buffer: GPUBuffer
  /** for keys of caches */
  readonly id: number
  readonly size: number
  /** the last submission whose commands use it */
  lastUse: number
}

/** The memory of one tensor. */
export class Block implements DeviceBuffer {
  readonly bytes: number
  readonly memory: Memory

  constructor(bytes: number, memory: Memory) {
    this.bytes = bytes
    this.memory = memory
  }
}

/** Smallest buffer. Sizes are multiples of 16, so that a whole vector may be read at the end of any tensor. */
const smallest = 256

/** Buffers up to this size are not used again before the commands that use them are submitted. */
const uploadable = 65536

/**
 * Hands out buffers and takes them back. None is destroyed before `close`: a training step asks for the same sizes again
 * and again. Sizes are rounded up to classes, four to each doubling, which costs a fifth of a buffer at most.
 *
 * Commands are queued, but `writeBuffer` acts at once. A small buffer, which is likely to be uploaded to next, is
 * therefore kept apart until the commands that read it are on their way. Those kept apart are given out in the order of
 * their making, so that equal steps use equal buffers, whose bind groups exist already.
 */
export class BufferPool {
  readonly #device: GPUDevice
  readonly #free = new Map<number, Memory[]>()
  #waiting: Memory[] = []
  readonly #all: Memory[] = []
  #bytes = 0

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** Bytes of all buffers, in use or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** @throws RangeError with both numbers, if no buffer or binding can be as large */
  allocate(bytes: number): Block {
    const size = sizeClass(bytes)
    return new Block(bytes, this.#free.get(size)?.pop() ?? this.#create(size, bytes))
  }

  /** @param current the number of the submission that is being recorded */
  free({ memory }: Block, current: number): void {
    if (memory.size <= uploadable && memory.lastUse === current) this.#waiting.push(memory)
    else this.#keep(memory)
  }

  /** The commands that were being recorded are on their way. */
  submitted(): void {
    const waiting = this.#waiting.sort((a, b) => b.id - a.id)
    this.#waiting = []
    for (const memory of waiting) this.#keep(memory)
  }

  close(): void {
    for (const { buffer } of this.#all) buffer.destroy()
    this.#free.clear()
    this.#waiting = []
    this.#all.length = 0
    this.#bytes = 0
  }

  #keep(memory: Memory): void {
    const list = this.#free.get(memory.size)
    if (list) list.push(memory)
    else this.#free.set(memory.size, [memory])
  }

  #create(rounded: number, bytes: number): Memory {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    const size = Math.min(rounded, Math.floor(limit / 16) * 16)
    if (bytes > size) {
      throw new RangeError(
        `webgpu: a tensor of ${bytes} bytes, but this adapter binds ${limit} at most; take a smaller batch, split the ` +
          "tensor, or use openBackend('wasm')",
      )
    }
    const flags = usage.storage | usage.copySource | usage.copyTarget
    const memory = {
      buffer: this.#device.createBuffer({ size, usage: flags }),
      id: this.#all.length,
      size: rounded,
      lastUse: -1,
    }
    this.#all.push(memory)
    this.#bytes += size
    return memory
  }
}

/** The size of the buffer that serves a request: a multiple of a quarter of the power of two below. */
function sizeClass(bytes: number): number {
  if (bytes <= smallest) return smallest
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4
  return Math.ceil(bytes / step) * step
}
