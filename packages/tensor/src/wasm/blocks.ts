import type { View } from '../backend.ts'
import type { Machine } from './machine.ts'

/** Elements of a block: some 20 µs of work, and few enough bytes for the second-level cache. */
export const blockSize = 16384

/**
 * Lends memory with a table of tensors that are worked on together, in the format of assembly/blocks.ts.
 *
 * @param more words of each tensor's row behind its blocks and size
 * @param use gets the address of the table, and the number of blocks in all
 */
export function withBlocks<T>(
  machine: Machine,
  tensors: readonly View[],
  more: readonly (readonly number[])[],
  use: (table: number, blocks: number) => T,
): T {
  const rowLength = 3 + more[0]!.length
  return machine.withScratch(tensors.length * rowLength * 4, (table) => {
    const { words } = machine
    let blocks = 0
    tensors.forEach(({ size }, index) => {
      const first = blocks
      blocks += Math.ceil(size / blockSize)
      words.set([blocks, first, size, ...more[index]!], (table >>> 2) + index * rowLength)
    })
    return use(table, blocks)
  })
}
