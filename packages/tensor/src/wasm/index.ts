import type { Backend } from '../backend.ts'
import { WasmBackend } from './backend.ts'
import { Machine } from './machine.ts'
import { type Build, compile, instantiate, supports } from './module.ts'

export interface WasmOptions {
  /** The same bits on every engine and machine: no relaxed SIMD. False by default. */
  readonly strict?: boolean
  /** How many threads share the work; 1, as yet. */
  readonly threads?: number
  /** Bytes that the memory may grow to; 4 GiB by default. */
  readonly memoryLimit?: number
}

/**
 * Opens the backend for CPUs: WebAssembly SIMD.
 *
 * @throws Error where the engine has no WebAssembly SIMD, RangeError for a number of threads other than 1
 */
export async function openWasm(options: WasmOptions = {}): Promise<Backend> {
  const { strict = false, threads = 1, memoryLimit } = options
  if (threads !== 1) {
    throw new RangeError(
      `openBackend('wasm'): threads is ${threads}, but this version runs on one; leave it out or give 1`,
    )
  }
  if (!supports('simd')) {
    throw new Error(
      "openBackend('wasm'): this engine has no WebAssembly SIMD; use Node >= 20 or a browser from 2023 on, or openBackend('reference')",
    )
  }
  const build: Build = !strict && supports('relaxed') ? 'relaxed' : 'simd'
  const memory = new WebAssembly.Memory({ initial: 16 })
  const exports = await instantiate(await compile(build), memory)
  return new WasmBackend(new Machine(exports, memory, memoryLimit), build)
}
