import { guarded } from './guarded.ts'
import { Block, type Memory } from './memory.ts'
import type { Pending } from './pending.ts'
import { usage } from './usage.ts'

/** Smallest buffer. Sizes are multiples of 16, so that a whole vector may be read at the end of any tensor. */
const smallest = 256

/** Buffers up to this size are not used again before the commands that use them are submitted. */
const uploadable = 65536

/** Bytes of free buffers that are always kept, however little was ever in use. */
const spareAtLeast = 2 ** 24

/**
 * Hands out buffers and takes them back: a training step asks for the same sizes again and again. Sizes are rounded up to
 * classes, four to each doubling, which costs a fifth of a buffer at most. Free buffers together are as large as the most
 * that was ever in use; beyond that those go that were not used for the longest time.
 *
 * Commands are queued, but `writeBuffer` acts at once. A small buffer, which is likely to be uploaded to next, is
 * therefore kept apart until the commands that read it are on their way. Those kept apart are given out in the order of
 * their making, so that equal steps use equal buffers, whose bind groups exist already.
 */
export class BufferPool {
  readonly #device: GPUDevice
  readonly #pending: Pending
  readonly #free = new Map<number, Memory[]>()
  readonly #all = new Set<Memory>()
  #waiting: Memory[] = []
  #made = 0
  #bytes = 0
  #used = 0
  #mostUsed = 0
  /** Submissions that are on their way. */
  #sent = 0

  constructor(device: GPUDevice, pending: Pending) {
    this.#device = device
    this.#pending = pending
  }

  /** Bytes of all buffers, in use or not. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Whether the device has the memory is known later: `problem` of the block says so.
   *
   * @throws RangeError with both numbers, if no buffer or binding can be as large
   */
  allocate(bytes: number): Block {
    const size = this.#sizeFor(bytes)
    const memory = this.#free.get(size)?.pop() ?? this.#create(size)
    this.#used += size
    if (this.#used > this.#mostUsed) this.#mostUsed = this.#used
    return new Block(bytes, memory)
  }

  /** @param current the number of the submission that is being recorded */
  free({ memory }: Block, current: number): void {
    this.#used -= memory.size
    if (memory.problem) return
    if (memory.size <= uploadable && memory.lastUse === current) this.#waiting.push(memory)
    else this.#keep(memory)
  }

  /** The commands that were being recorded take their turn now, before all uploads to come. */
  recorded(): void {
    const waiting = this.#waiting.sort((a, b) => b.id - a.id)
    this.#waiting = []
    for (const memory of waiting) this.#keep(memory)
  }

  /** A submission is on its way: buffers that were last used in it may be destroyed. */
  sent(submission: number): void {
    this.#sent = submission + 1
  }

  close(): void {
    for (const { buffer } of this.#all) buffer.destroy()
    this.#free.clear()
    this.#waiting = []
    this.#all.clear()
    this.#bytes = 0
  }

  #keep(memory: Memory): void {
    if (memory.problem) return
    const list = this.#free.get(memory.size)
    if (list) list.push(memory)
    else this.#free.set(memory.size, [memory])
  }

  #sizeFor(bytes: number): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    const largest = Math.floor(limit / 16) * 16
    if (bytes <= largest) return Math.min(sizeClass(bytes), largest)
    const does = maxBufferSize < maxStorageBufferBindingSize ? 'has buffers of' : 'binds'
    throw new RangeError(
      `webgpu: a tensor of ${bytes} bytes, but this adapter ${does} ${limit} at most; take a smaller batch, split the ` +
        "tensor, or use openBackend('wasm')",
    )
  }

  #create(size: number): Memory {
    this.#trim(Math.max(this.#mostUsed, spareAtLeast))
    const flags = usage.storage | usage.copySource | usage.copyTarget
    const make = (): ReturnType<typeof guarded> => guarded(this.#device, { size, usage: flags })
    const [buffer, refusal] = make()
    const memory: Memory = { buffer, id: this.#made++, size, lastUse: -1, answered: false, problem: undefined }
    this.#all.add(memory)
    this.#bytes += size
    this.#pending.add(this.#answer(memory, refusal, make))
    return memory
  }

  /** What the device said about a buffer. If it had no memory, free buffers are given back, and it is asked once more. */
  async #answer(
    memory: Memory,
    refusal: Promise<GPUError | null>,
    again: () => ReturnType<typeof guarded>,
  ): Promise<void> {
    let error = await refusal
    if (error && this.#trim(0) > 0) {
      const [buffer, second] = again()
      memory.buffer = buffer
      error = await second
    }
    memory.answered = true
    if (error) this.#lose(memory, error)
  }

  #lose(memory: Memory, cause: GPUError): void {
    const { size } = memory
    this.#all.delete(memory)
    this.#bytes -= size
    this.#free.set(
      size,
      (this.#free.get(size) ?? []).filter((each) => each !== memory),
    )
    memory.problem = new RangeError(
      `webgpu: out of memory: the device refused a buffer of ${size} bytes, beside ${this.#bytes} bytes of others. What ` +
        'was to be computed from it is lost, other tensors are not; free some, or take a smaller batch',
      { cause },
    )
  }

  /** Destroys free buffers until they have so many bytes at most, those first that were used last the longest ago. */
  #trim(most: number): number {
    let spare = this.#bytes - this.#used
    if (spare <= most) return 0
    const before = spare
    const idle = [...this.#free.values()].flat().filter(({ lastUse }) => lastUse < this.#sent)
    idle.sort((a, b) => a.lastUse - b.lastUse)
    const gone = new Set<Memory>()
    for (const memory of idle) {
      if (spare <= most) break
      spare -= memory.size
      gone.add(memory)
      this.#all.delete(memory)
      memory.buffer.destroy()
    }
    for (const [size, list] of this.#free)
      this.#free.set(
        size,
        list.filter((memory) => !gone.has(memory)),
      )
    this.#bytes -= before - spare
    return before - spare
  }
}

/** The size of the buffer that serves a request: a multiple of a quarter of the power of two below. */
function sizeClass(bytes: number): number {
  if (bytes <= smallest) return smallest
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / 4
  return Math.ceil(bytes / step) * step
}
