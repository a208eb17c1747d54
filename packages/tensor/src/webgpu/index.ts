import { openDawn } from '../dawn/index.ts'
import { WebgpuBackend } from './backend.ts'
import { flushesDenormals } from './denormals.ts'
import { openDevice } from './device.ts'
import { isProcessor } from './is-processor.ts'

export type { DeviceWork, WebgpuBackend } from './backend.ts'

export interface WebgpuOptions {
  /** Where a machine has two GPUs: the fast one, or the one that saves energy. The browser's choice by default. */
  readonly powerPreference?: GPUPowerPreference
  /** Where WebGPU is: `navigator.gpu` by default, and in Node what npm's `webgpu` makes. */
  readonly gpu?: GPU
  /**
   * Whether products copy their operands to workgroup memory first: by default on a GPU, and not on adapters that are
   * processors (SwiftShader, llvmpipe), where it is a detour.
   */
  readonly workgroupMemory?: boolean
}

/**
 * Opens the backend for GPUs: WGSL kernels, in browsers on `navigator.gpu`, in Node on Dawn (npm install webgpu).
 *
 * @throws Error that says what is missing: WebGPU itself, the package `webgpu`, or an adapter with its driver
 */
export async function openWebgpu(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const { powerPreference, gpu } = options
  const found = gpu ?? globalThis.navigator?.gpu ?? (await openDawn())
  const opened = await openDevice(found, powerPreference ? { powerPreference } : {})
  return new WebgpuBackend(opened, {
    flushesDenormals: await flushesDenormals(opened.device),
    workgroupMemory: options.workgroupMemory ?? !isProcessor(opened.adapter),
  })
}
