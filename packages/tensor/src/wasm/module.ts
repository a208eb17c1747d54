import type { KernelExports } from './generated/exports.ts'
import { addressable, pageBytes } from './pool.ts'

const initialPages = 16

/** The builds of the kernels. `relaxed` fuses multiply and add where the processor can; `simd` gives the same bits everywhere. */
export type Build = 'simd' | 'relaxed'

const binaries: { readonly [B in Build]: () => Promise<{ readonly binary: string }> } = {
  simd: () => import('./generated/simd.ts'),
  relaxed: () => import('./generated/relaxed.ts'),
}

/** A module with one function, of type () -> v128: `v128.const 0`, and beneath it what is probed. */
function probe(...instructions: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0, ...instructions, 0x0b] // no locals, …, end
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  const type = [1, 5, 1, 0x60, 0, 1, 0x7b] // () -> v128
  const functions = [3, 2, 1, 0]
  return new Uint8Array([...header, ...type, ...functions, 10, body.length + 2, 1, body.length, ...body])
}

const zero = [0xfd, 12, ...new Array<number>(16).fill(0)]

/** A module that only an engine with the feature of a build accepts. */
const probes: { readonly [B in Build]: Uint8Array<ArrayBuffer> } = {
  simd: probe(...zero),
  relaxed: probe(...zero, ...zero, ...zero, 0xfd, 0x85, 0x02), // f32x4.relaxed_madd
}

/** Whether this engine runs a build. */
export function supports(build: Build): boolean {
  return WebAssembly.validate(probes[build])
}

/** Bytes of the import of the memory, up to its flags: 1 with a maximum, 3 with a maximum and shared. */
const memoryImport = [3, ...encode('env'), 6, ...encode('memory'), 2]

interface Kind {
  /** for a memory that threads share */
  readonly shared?: boolean
  /** compiled anew, though it was compiled before the engine was asked for wider vectors */
  readonly wide?: boolean
}

/** A section that means nothing to engines; they keep the machine code of equal modules, and this one is another. */
const named = (name: string): readonly number[] => [0, name.length + 1, name.length, ...encode(name)]

/**
 * The compiled kernels of a build. A module names the kind of memory that it works on; nothing else in it differs, so one
 * binary serves both.
 */
export async function compile(build: Build, { shared = false, wide = false }: Kind = {}): Promise<WebAssembly.Module> {
  const { binary } = await binaries[build]()
  const code = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0))
  const at = code.findIndex((_, start) => memoryImport.every((byte, i) => code[start + i] === byte))
  code[at + memoryImport.length] = shared ? 3 : 1
  return WebAssembly.compile(wide ? new Uint8Array([...code, ...named('wide')]) : code)
}

/** A memory that kernels can be instantiated with, to grow up to `limit` bytes. */
export function createMemory(shared: boolean, limit: number = addressable): WebAssembly.Memory {
  // A page more than the limit: vectors reach over the end of the last block.
  const maximum = Math.max(Math.ceil(Math.min(limit, addressable) / pageBytes) + 1, initialPages)
  return new WebAssembly.Memory({ initial: initialPages, maximum, shared })
}

/** Kernels that work on a memory. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<KernelExports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } })
  return instance.exports as unknown as KernelExports
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
