/*
 * Many tensors as one piece of work: blocks of 16384 elements, counted through all of them. A table in memory has a row
 * of u32 for each tensor: the number of the block behind its last, that of its first, its size, and what a kernel needs.
 */

const BLOCK: usize = 16384

/** The row of the tensor that a block belongs to, at `row` or behind it. */
// @ts-ignore: decorator
@inline
export function rowOfBlock(row: usize, rowBytes: usize, block: usize): usize {
  while (<usize>load<u32>(row) <= block) row += rowBytes
  return row
}

/** The first element of a block, within its tensor. */
// @ts-ignore: decorator
@inline
export function firstOfBlock(row: usize, block: usize): usize {
  return (block - load<u32>(row, 4)) * BLOCK
}

/** The element behind its last. */
// @ts-ignore: decorator
@inline
export function endOfBlock(row: usize, first: usize): usize {
  return min(first + BLOCK, <usize>load<u32>(row, 8))
}
