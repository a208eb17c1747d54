import type { Backend, BackendName } from './backend.ts'
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
 * Opens a backend: `await openBackend('wasm', { threads: 2 })`. Without a name, the best one here.
 *
 * @throws Error if there is no backend of that name, or it cannot run here
 */
export async function openBackend<Name extends Openable>(
  name: Name | undefined = undefined,
  options: BackendOptions[Name] = {} as BackendOptions[Name],
): Promise<Backend> {
  const chosen = name ?? ('wasm' as Name)
  const open = openers[chosen]
  if (!open) {
    const known = Object.keys(openers).join("', '") as BackendName
    throw new Error(`openBackend: there is no backend '${chosen}'; use '${known}'`)
  }
  return open(options)
}
