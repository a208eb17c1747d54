/** What every block's address and size is a multiple of: a cache line. */
export const alignment = 64

export const pageBytes = 65536

/** Most that 32-bit addresses reach, but for a page: so the end of a block is below 2³². */
export const addressable: number = 65535 * pageBytes

/**
 * Hands out blocks of a WebAssembly memory, and grows it. Sizes are rounded up to classes, four to each doubling, and a
 * freed block is kept for the next request of its class: both take constant time, and blocks do not crumble. Rounding
 * costs a fifth of a block at most (beyond 256 bytes).
 */
export class Pool {
  readonly memory: WebAssembly.Memory
  /** Bytes that the memory may grow to. */
  readonly limit: number
  readonly #free = new Map<number, number[]>()
  #end: number
  #used = 0

  /** @param start address from which on the memory is free */
  constructor(memory: WebAssembly.Memory, start: number, limit: number = addressable) {
    this.memory = memory
    this.limit = Math.min(limit, addressable)
    this.#end = roundUp(start, alignment)
  }

  /** Bytes in use, rounded up to classes. */
  get used(): number {
    return this.#used
  }

  /**
   * The address of at least `bytes` bytes, not initialized. It is a multiple of 64, the block's size too, and whole
   * vectors may be read and written up to there.
   *
   * @throws RangeError with the sizes when the memory cannot grow that far
   */
  allocate(bytes: number): number {
    const size = classOf(bytes)
    const pointer = this.#free.get(size)?.pop() ?? this.#extend(size) ?? this.#split(size)
    if (pointer === undefined) {
      throw new RangeError(
        `wasm memory: ${bytes} bytes requested with ${this.#used} in use, limit ${this.limit}; ` +
          'free tensors earlier (scopes), take a smaller batch or model, or raise memoryLimit (at most 4 GiB)',
      )
    }
    this.#used += size
    return pointer
  }

  /** Takes a block back; `bytes` as it was requested. */
  free(pointer: number, bytes: number): void {
    const size = classOf(bytes)
    this.#used -= size
    this.#keep(pointer, size)
  }

  #keep(pointer: number, size: number): void {
    const list = this.#free.get(size)
    if (list) list.push(pointer)
    else this.#free.set(size, [pointer])
  }

  /** A block from the memory's untouched end, which it grows; undefined where the limit or the system ends it. */
  #extend(size: number): number | undefined {
    const pointer = this.#end
    const end = pointer + size
    if (end > this.limit) return undefined
    // One line more than needed: a vector that begins before a tensor's end may reach over it.
    const missing = Math.ceil((end + alignment - this.memory.buffer.byteLength) / pageBytes)
    if (missing > 0 && !this.#grow(missing)) return undefined
    this.#end = end
    return pointer
  }

  /** Grows by an eighth of what there is, since growing is slow in some engines; by no more than needed at the limit. */
  #grow(missing: number): boolean {
    const pages = this.memory.buffer.byteLength / pageBytes
    const room = Math.floor(this.limit / pageBytes) + 1 - pages
    for (const step of [Math.min(Math.max(missing, pages >>> 3), room), missing]) {
      try {
        this.memory.grow(step)
        return true
      } catch {
        // The system gives less: try with what is missing, then with free blocks.
      }
    }
    return false
  }

  /** A part of the smallest larger block that is free; the rest is kept in blocks of smaller classes. */
  #split(size: number): number | undefined {
    let found = Number.POSITIVE_INFINITY
    for (const [other, list] of this.#free) if (other > size && other < found && list.length > 0) found = other
    const pointer = this.#free.get(found)?.pop()
    if (pointer === undefined) return undefined
    let rest = found - size
    while (rest > 0) {
      const piece = largestClassWithin(rest)
      rest -= piece
      this.#keep(pointer + size + rest, piece)
    }
    return pointer
  }
}

/** The size of the block that serves a request. */
function classOf(bytes: number): number {
  return Math.max(roundUp(bytes, classStep(bytes - 1)), alignment)
}

function largestClassWithin(bytes: number): number {
  const step = classStep(bytes)
  return Math.floor(bytes / step) * step
}

/** The distance between classes around a size: a quarter of the power of two below, 64 at least. */
function classStep(bytes: number): number {
  return Math.max(2 ** Math.floor(Math.log2(Math.max(bytes, 1))) / 4, alignment)
}

function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step
}
