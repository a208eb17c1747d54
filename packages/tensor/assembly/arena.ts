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
