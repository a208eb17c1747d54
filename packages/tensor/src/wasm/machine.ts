import type { DeviceBuffer, View } from '../backend.ts'
import { type TypedArray, viewAs } from '../dtype.ts'
import type { KernelExports } from './generated/exports.ts'
import { Panels } from './panels.ts'
import { alignment, Pool } from './pool.ts'
import type { Crew } from './threads/crew.ts'
import { type Tile, TileChoice } from './tile.ts'

/** A piece of wasm memory. */
export class Block implements DeviceBuffer {
  readonly bytes: number
  readonly pointer: number

  constructor(bytes: number, pointer: number) {
    this.bytes = bytes
    this.pointer = pointer
  }
}

/** Where a tensor's elements begin: an address in bytes. */
export function pointerOf({ buffer }: View): number {
  return (buffer as Block).pointer
}

/** Kernels that can be split: their last two arguments are the range of items to do. */
export type RangeKernel = {
  [K in keyof KernelExports]: KernelExports[K] extends (...args: infer A) => void
    ? A extends readonly [...number[]]
      ? K
      : never
    : never
}[keyof KernelExports]

export interface MachineOptions {
  /** Bytes that the memory may grow to. */
  readonly limit?: number | undefined
  /** The threads that share the work; none but this one by default. */
  readonly crew?: Crew | undefined
  /** The tile of products; measured by default. */
  readonly tile?: Tile | undefined
  /** Whether the engine was asked to join pairs of vectors; false by default. */
  readonly wide?: boolean
}

/** The compiled kernels with their memory: what kernel families are made from. */
export class Machine {
  /** To call a kernel that is not split. */
  readonly exports: KernelExports
  readonly pool: Pool
  /** Weights that are kept packed. */
  readonly panels: Panels
  readonly threads: number
  readonly tile: TileChoice
  readonly wide: boolean
  readonly #crew: Crew | undefined
  #words = new Uint32Array(0)
  #arenaBytes = 0
  #arenas = 0
  #totalBytes = 0

  constructor(
    exports: KernelExports,
    memory: WebAssembly.Memory,
    { limit, crew, tile, wide = false }: MachineOptions = {},
  ) {
    this.exports = exports
    this.pool = new Pool(memory, exports.heapBase() >>> 0, limit)
    this.panels = new Panels(this.pool)
    this.#crew = crew
    this.threads = crew?.threads ?? 1
    this.wide = wide
    this.tile = new TileChoice(this, tile)
    this.reserve(exports.leastArena() >>> 0)
  }

  /**
   * Runs a kernel whose last two arguments are a range `[start, end)` of items, on all items. The one place where work
   * is shared out: an item is a piece of the output (never of a sum), so results do not depend on how it is done.
   *
   * @param grain fewest items worth a thread; every start is a multiple of it
   */
  run(kernel: RangeKernel, items: number, grain: number, ...leading: number[]): void {
    const call = this.exports[kernel] as (...args: number[]) => void
    if (this.#crew && items >= 2 * grain) {
      this.#crew.run(kernel, call, { items, grain, arenas: this.#arenas, arenaBytes: this.#arenaBytes, leading })
    } else if (items > 0) call(...leading, 0, items)
  }

  /**
   * Makes every thread's arena, the memory of its own that kernels find with `arena()`, at least this large. What it
   * held is lost.
   */
  reserve(bytes: number): void {
    if (bytes <= this.#arenaBytes) return
    const size = Math.ceil(bytes / alignment) * alignment
    const total = this.threads * size
    const arenas = this.pool.allocate(total)
    if (this.#totalBytes > 0) this.pool.free(this.#arenas, this.#totalBytes)
    this.#arenas = arenas
    this.#arenaBytes = size
    this.#totalBytes = total
    this.exports.setArena(arenas)
  }

  /** Ends the other threads. */
  async close(): Promise<void> {
    await this.#crew?.close()
  }

  /** Lends memory for the time of a call. Its address is a multiple of 64. */
  withScratch<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.pool.allocate(bytes)
    try {
      return use(pointer)
    } finally {
      this.pool.free(pointer, bytes)
    }
  }

  /** The whole memory as words: one view, made anew when the memory has grown. */
  get words(): Uint32Array {
    const { buffer } = this.pool.memory
    if (this.#words.buffer !== buffer) this.#words = new Uint32Array(buffer)
    return this.#words
  }

  /** The elements at an address, to read or write now: growth of the memory detaches the array. */
  view(dtype: Parameters<typeof viewAs>[0], pointer: number, size: number): TypedArray {
    return viewAs(dtype, this.pool.memory.buffer, pointer, size)
  }
}
