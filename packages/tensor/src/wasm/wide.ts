import { builtin } from './threads/start.ts'

/** Joins pairs of 128-bit operations into 256-bit ones (AVX2); experimental in V8. */
const flag = '--experimental-wasm-revectorize'

/** The V8 of Node 24, on which the tests of this package pass with it. */
const leastVersion = 13

/**
 * Asks V8 for 256-bit vectors, in all code that the process compiles from now on. Elementwise, the operations of a pair
 * are what they were, so no result changes.
 *
 * @returns whether this engine has been asked; false in browsers and in Node before 24
 */
export function askForWideVectors(): boolean {
  if (!builtin || Number.parseFloat(builtin('node:process').versions.v8) < leastVersion) return false
  builtin('node:v8').setFlagsFromString(flag)
  return true
}
