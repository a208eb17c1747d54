import type { Backend } from '../backend.ts'
import { WasmBackend } from './backend.ts'
import { Machine } from './machine.ts'
import { type Build, compile, createMemory, instantiate, supports } from './module.ts'
import { threadsFor } from './threads/available.ts'
import { Crew } from './threads/crew.ts'
import { checkTile, type Tile } from './tile.ts'
import { askForWideVectors } from './wide.ts'

export interface WasmOptions {
  /** The same bits on every engine and machine: no relaxed SIMD. False by default. */
  readonly strict?: boolean
  /**
   * How many threads share the work; results do not depend on it. By default one for each core, 8 at most; where memory
   * cannot be shared, as in pages that are not cross-origin isolated, 1.
   */
  readonly threads?: number
  /** Bytes that the memory may grow to; 4 GiB by default. */
  readonly memoryLimit?: number
  /**
   * 256-bit vectors where V8 can join pairs of 128-bit ones: in Node >= 24 on processors with AVX2. Products are
   * about 1.7 times as fast, with the same bits. It sets an experimental flag of V8 for the whole process,
   * `--experimental-wasm-revectorize`, so it is false by default. Elsewhere the wish has no effect.
   */
  readonly wide?: boolean
  /** Rows x columns that products keep in registers; by default the fastest here, measured for a few milliseconds. */
  readonly tile?: Tile
}

/**
 * Opens the backend for CPUs: WebAssembly SIMD.
 *
 * @throws Error where the engine has no WebAssembly SIMD, or no memory that several threads can share; RangeError for a
 *   number of threads that is not whole or not positive, or an unknown tile
 */
export async function openWasm(options: WasmOptions = {}): Promise<Backend> {
  const { strict = false, memoryLimit: limit, tile } = options
  if (tile !== undefined) checkTile(tile)
  const threads = threadsFor(options.threads)
  if (!supports('simd')) {
    throw new Error(
      "openBackend('wasm'): this engine has no WebAssembly SIMD; use Node >= 20 or a browser from 2023 on, or openBackend('reference')",
    )
  }
  const build: Build = !strict && supports('relaxed') ? 'relaxed' : 'simd'
  const shared = threads > 1
  const wide = options.wide === true && askForWideVectors()
  const memory = createMemory(shared, limit)
  const module = await compile(build, { shared, wide })
  const exports = await instantiate(module, memory)
  const crew = shared ? await Crew.start({ module, memory, threads }) : undefined
  return new WasmBackend(new Machine(exports, memory, { limit, crew, tile, wide }), { build, wide })
}
