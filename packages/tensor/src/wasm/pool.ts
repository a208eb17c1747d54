/** The smallest block, and what every block's address and size is a multiple of: a cache line. */
const alignment = 64

/** What there is at most: the 4 GiB of 32-bit addresses but for the last page, so that no end of a block is 2³². */
const mostPages = 65535
const pageBytes = 65536

/**
 * Hands out blocks of a WebAssembly memory, and grows it. Sizes are rounded up to classes, four to each doubling, and a
 * freed block is kept for the next of its class; so memory never breaks into unusable pieces, and at most a fifth of
 * what is in use is lost to rounding (beyond a few hundred bytes).
 */
export class Pool {
  readonly memory: WebAssembly.Memory
  readonly limit: number
  readonly #free = new Map<number, number[]>()
  #end: number
  #used = 0

  /**
   * @param start address from which on the memory is free
   * @param limit bytes that the memory may grow to
   */
  constructor(memory: WebAssembly.Memory, start: number, limit: number = mostPages * pageBytes) {
    this.memory = memory
    this.limit = Math.min(limit, mostPages * pageBytes)
    this.#end = roundUp(start, alignment)
  }

  /** Bytes in blocks that are in use, rounded to their classes. */
  get used(): number {
    return this.#used
  }

  /**
   * The address of at least `bytes` bytes, a multiple of 64, not initialized. The block reaches to a multiple of 64 bytes.
   *
   * @throws RangeError with the sizes when the memory cannot grow that far
   */
  allocate(bytes: number): number {
    const size = classOf(bytes)
    const pointer = this.#free.get(size)?.pop() ?? this.#extend(size)
    if (pointer === undefined) {
      throw new RangeError(
        `wasm memory: ${bytes} bytes requested, ${this.#used} of at most ${this.limit} in use; ` +
          'free tensors (scopes), or take smaller batches',
      )
    }
    this.#used += size
    return pointer
  }

  /** Gives a block back; `bytes` as it was allocated. */
  free(pointer: number, bytes: number): void {
    const size = classOf(bytes)
    this.#used -= size
    const list = this.#free.get(size)
    if (list) list.push(pointer)
    else this.#free.set(size, [pointer])
  }

  /** New memory at the end; undefined when there is none. */
  #extend(size: number): number | undefined {
    const pointer = this.#end
    const end = pointer + size
    if (end > this.limit) return undefined
    const missing = end - this.memory.buffer.byteLength
    if (missing > 0 && !this.#grow(missing)) return undefined
    this.#end = end
    return pointer
  }

  /** Grows by an eighth at least, since growing is slow on some engines; by what is missing when that is too much. */
  #grow(missing: number): boolean {
    const pages = this.memory.buffer.byteLength / pageBytes
    const needed = Math.ceil(missing / pageBytes)
    const generous = Math.min(Math.max(needed, pages >>> 3), Math.floor(this.limit / pageBytes) - pages)
    for (const step of [generous, needed]) {
      try {
        this.memory.grow(step)
        return true
      } catch {
        // The system has less than that.
      }
    }
    return false
  }
}

/** The size of the block that serves a request. */
function classOf(bytes: number): number {
  if (bytes <= 4 * alignment) return Math.max(roundUp(bytes, alignment), alignment)
  const step = 2 ** (31 - Math.clz32(bytes - 1) - 2)
  return roundUp(bytes, step)
}

function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step
}
