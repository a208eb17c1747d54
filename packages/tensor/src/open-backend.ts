import type { Backend } from './backend.ts'
import { candidates, chooseBackend } from './choose-backend.ts'
import type { GpujsOptions } from './gpujs/index.ts'
import type { ReferenceOptions } from './reference/index.ts'
import type { WasmOptions } from './wasm/index.ts'
import type { WebgpuOptions } from './webgpu/index.ts'

/** Options of each backend. */
export interface BackendOptions {
  reference: ReferenceOptions
  wasm: WasmOptions
  webgpu: WebgpuOptions
  gpujs: GpujsOptions
}

type Openable = keyof BackendOptions

const openers: { readonly [Name in Openable]: (options: BackendOptions[Name]) => Promise<Backend> } = {
  reference: async (options) => new (await import('./reference/index.ts')).ReferenceBackend(options),
  wasm: async (options) => (await import('./wasm/index.ts')).openWasm(options),
  webgpu: async (options) => (await import('./webgpu/index.ts')).openWebgpu(options),
  gpujs: async (options) => (await import('./gpujs/index.ts')).openGpujs(options),
}

/**
 * The best backend that runs here: `webgpu` where a browser has a GPU, else `wasm`, else `gpujs`, else `reference`.
 * `backend.choice` says which one it is and why, and why not the better ones. In Node, `webgpu` has to be asked for.
 */
export function openBackend(): Promise<Backend>
/**
 * Opens a backend: `await openBackend('wasm', { threads: 2 })`.
 *
 * @throws Error if there is no backend of that name, or it cannot run here
 */
export function openBackend<Name extends Openable>(name: Name, options?: BackendOptions[Name]): Promise<Backend>
export async function openBackend<Name extends Openable>(
  name?: Name,
  options?: BackendOptions[Name],
): Promise<Backend> {
  if (name === undefined) return chooseBackend(candidates, (each) => openers[each]({}))
  const open = openers[name]
  if (!open) {
    const known = Object.keys(openers).join("', '")
    throw new Error(`openBackend: there is no backend '${name}'; use '${known}'`)
  }
  return open(options ?? {})
}
