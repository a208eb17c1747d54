/*
 * Memory for packed operands and blocks of scores, one area for each thread: the module of every thread is an instance
 * of its own, with its own copy of these variables.
 */

let start: usize = 0

/** Tells this thread where its area begins; its size is the caller's affair. The first 64 bytes are, and stay, zeros. */
export function setArena(pointer: usize): void {
  memory.fill(pointer, 0, 64)
  start = pointer
}

// @ts-ignore: decorator
@inline
export function arena(): usize {
  return start
}

/*
 * Behind the zeros are three places of 32 bytes for what a kernel lays down while it works on one row, then a block of
 * numbers. Every arena has them.
 */

/** Where the block begins, and how many numbers of four bytes it has. */
export const blockOffset: usize = 192
export const BLOCK_NUMBERS: usize = 512

/** Bytes that every arena has. */
export function leastArena(): usize {
  return blockOffset + 4 * BLOCK_NUMBERS
}

/**
 * Stores two vectors side by side, where nobody reads them. An engine that joins vectors to ones of twice the width
 * looks for them from such stores upwards: so it finds the loop that has made these two. The upper one goes first:
 * engines that store the lower one first store it once more.
 */
// @ts-ignore: decorator
@inline
export function pair(first: v128, second: v128, place: usize = 0): void {
  const pointer = start + 64 + (place << 5)
  v128.store(pointer, second, 16)
  v128.store(pointer, first)
}

/** An element of one or four bytes as a row of 32 bytes of it; returns where they are. */
// @ts-ignore: decorator
@inline
export function repeated<T>(pointer: usize, place: usize): usize {
  const same = sizeof<T>() == 4 ? v128.load32_splat(pointer) : v128.load8_splat(pointer)
  pair(same, same, place)
  return start + 64 + (place << 5)
}
