import { Spans, smallestSpan, spanSize } from './spans.ts'

/** What every block's address and size is a multiple of: a cache line. */
export const alignment = 64

export const pageBytes = 65536

/** Most that 32-bit addresses reach, but for a page: so the end of a block is below 2³². */
export const addressable: number = 65535 * pageBytes

/** Small blocks are cut from pieces of this size. */
const pieceBytes = 4 * smallestSpan

/**
 * Hands out blocks of a WebAssembly memory, and grows it. Large ones are spans, which are joined again when they are
 * freed. Small ones are cut from pieces that stay theirs: their sizes are rounded up to classes, four to each doubling,
 * and a freed one is kept for the next request of its class. Both take constant time. Rounding costs a fifth of a block
 * at most (beyond 256 bytes).
 */
export class Pool {
  readonly memory: WebAssembly.Memory
  /** Bytes that the memory may grow to. */
  readonly limit: number
  /** Frees what is kept only to spare time, when there is no memory left otherwise. */
  spare: () => void = () => undefined
  readonly #spans: Spans
  readonly #small = new Map<number, number[]>()
  /** What is left of the piece that small blocks are being cut from. */
  #piece = { start: 0, end: 0 }
  #used = 0

  /** @param start address from which on the memory is free */
  constructor(memory: WebAssembly.Memory, start: number, limit: number = addressable) {
    this.memory = memory
    this.limit = Math.min(limit, addressable)
    this.#spans = new Spans(roundUp(start, alignment))
  }

  /** Bytes in use, rounded up to the sizes of blocks. */
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
    let pointer = this.tryAllocate(bytes)
    if (pointer === undefined) {
      this.spare()
      pointer = this.tryAllocate(bytes)
    }
    if (pointer === undefined) {
      throw new RangeError(
        `wasm memory: ${bytes} bytes requested with ${this.#used} in use, limit ${this.limit}; ` +
          'free tensors earlier (scopes), take a smaller batch or model, or raise memoryLimit (at most 4 GiB)',
      )
    }
    return pointer
  }

  /** The same where there is memory, and undefined elsewhere; nothing is freed for it. */
  tryAllocate(bytes: number): number | undefined {
    const size = blockSize(bytes)
    const pointer = size < smallestSpan ? this.#takeSmall(size) : this.#takeSpan(size)
    if (pointer !== undefined) this.#used += size
    return pointer
  }

  /** Takes a block back; `bytes` as it was requested. */
  free(pointer: number, bytes: number): void {
    const size = blockSize(bytes)
    this.#used -= size
    if (size < smallestSpan) this.#keep(pointer, size)
    else this.#spans.give(pointer)
  }

  #takeSmall(size: number): number | undefined {
    const pointer = this.#small.get(size)?.pop()
    if (pointer !== undefined) return pointer
    if (this.#piece.end - this.#piece.start < size) {
      const start = this.#takeSpan(pieceBytes)
      if (start === undefined) return undefined
      const { start: rest, end } = this.#piece
      if (end > rest) this.#keep(rest, largestClassWithin(end - rest))
      this.#piece = { start, end: start + pieceBytes }
    }
    this.#piece.start += size
    return this.#piece.start - size
  }

  #keep(pointer: number, size: number): void {
    const list = this.#small.get(size)
    if (list) list.push(pointer)
    else this.#small.set(size, [pointer])
  }

  #takeSpan(size: number): number | undefined {
    return this.#spans.take(size) ?? (this.#extend(size) ? this.#spans.take(size) : undefined)
  }

  /** Adds untouched memory behind the last span, until that is as large; false where the limit or the system ends it. */
  #extend(size: number): boolean {
    const more = Math.max(size - this.#spans.freeAtEnd, smallestSpan)
    const end = this.#spans.end + more
    if (end > this.limit) return false
    // One line more than needed: a vector that begins before a tensor's end may reach over it.
    const missing = Math.ceil((end + alignment - this.memory.buffer.byteLength) / pageBytes)
    if (missing > 0 && !this.#grow(missing)) return false
    this.#spans.extend(more)
    return true
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
}

/** The size of the block that serves a request. */
function blockSize(bytes: number): number {
  const size = Math.max(roundUp(bytes, classStep(bytes - 1)), alignment)
  return size < smallestSpan ? size : spanSize(bytes)
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
