import type { Backend } from '@tlc/tensor'
import type { WebgpuBackend } from '@tlc/tensor/webgpu'

/**
 * Has a GPU measure which tiles are the fastest for the products that were computed so far. On an adapter that is a
 * processor, tiles compile for seconds, and the guess is what was measured there.
 */
export async function tuneOnGpu(backend: Backend): Promise<void> {
  if (isWebgpu(backend) && backend.choices.workgroupMemory) await backend.tune()
}

function isWebgpu(backend: Backend): backend is WebgpuBackend {
  return backend.name === 'webgpu'
}
