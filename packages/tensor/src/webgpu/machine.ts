import type { View } from '../backend.ts'
import type { Dispatcher, Grid } from './device/dispatcher.ts'
import { Block } from './device/memory.ts'
import type { BufferPool } from './device/pool.ts'
import type { Program } from './device/program.ts'
import type { TileChoice } from './product/choice.ts'

/** What kernels take for a tensor: one, or memory that is lent. */
export type Operand = View | Block

/** The device with its memory: what kernel families are made from. */
export class Machine {
  /** Whether it is cheap that the invocations of a workgroup wait for each other: not on processors. */
  readonly workgroupMemory: boolean
  /** How products are formed. */
  readonly tiles: TileChoice
  /** Whether WGSL has dot products of four packed whole numbers. */
  readonly packedDotProducts: boolean
  readonly #dispatcher: Dispatcher
  readonly #pool: BufferPool

  constructor(dispatcher: Dispatcher, tiles: TileChoice, packedDotProducts: boolean) {
    this.workgroupMemory = tiles.support.workgroupMemory
    this.tiles = tiles
    this.packedDotProducts = packedDotProducts
    this.#dispatcher = dispatcher
    this.#pool = dispatcher.pool
  }

  /** Whether WGSL has sums over subgroups, of a size that is known only when running. */
  get subgroups(): boolean {
    return this.#dispatcher.device.features.has('subgroups')
  }

  /** Records a program on operands in the order of its bindings, with one word for each parameter. */
  run(program: Program, operands: readonly Operand[], parameters: readonly number[], grid: Grid): void {
    this.#dispatcher.run(program, operands.map(blockOf), parameters, grid)
  }

  /**
   * How many invocations share a sum of so many terms, of which there are so many: a power of two, 256 at most. On a
   * processor waiting for each other is dear, so there they share only if there would be few of them.
   */
  lanesFor(terms: number, sums: number): number {
    const most = this.workgroupMemory || sums < 16 ? 256 : 1
    return Math.min(2 ** Math.ceil(Math.log2(Math.max(terms, 1))), most)
  }

  /** Milliseconds until the device has done what a call records, from when it has done all that was recorded before. */
  async time(record: () => void): Promise<number> {
    const block = this.#pool.allocate(4)
    try {
      await this.#dispatcher.download(block, 4)
      const start = performance.now()
      record()
      await this.#dispatcher.download(block, 4)
      return performance.now() - start
    } finally {
      this.#pool.free(block, this.#dispatcher.submits)
    }
  }

  /** Lends memory for the time of a call. */
  withScratch<T>(bytes: number, use: (block: Block) => T): T {
    const block = this.#pool.allocate(bytes)
    try {
      return use(block)
    } finally {
      this.#pool.free(block, this.#dispatcher.submits)
    }
  }
}

function blockOf(operand: Operand): Block {
  return operand instanceof Block ? operand : (operand.buffer as Block)
}
