import { openDawn } from '../dawn/index.ts'
import { WebgpuBackend } from './backend.ts'
import { flushesDenormals } from './denormals.ts'
import { type Opened, openDevice } from './device/device.ts'
import { isProcessor } from './device/is-processor.ts'
import type { Tiles } from './product/choice.ts'
import type { TileName } from './product/tile.ts'

export type { DeviceWork, WebgpuBackend, WebgpuChoices } from './backend.ts'
export type { Tiles } from './product/choice.ts'
export type { TileName } from './product/tile.ts'
export type { TuneOptions } from './product/tune.ts'

export interface WebgpuOptions {
  /** Where a machine has two GPUs: the fast one, or the one that saves energy. The browser's choice by default. */
  readonly powerPreference?: GPUPowerPreference
  /** Where WebGPU is: `navigator.gpu` by default, and in Node what npm's `webgpu` makes. */
  readonly gpu?: GPU
  /**
   * Whether invocations of a workgroup share what they read and sum: by default on a GPU, and not on adapters that are
   * processors (SwiftShader, llvmpipe), where waiting for each other is dear.
   */
  readonly workgroupMemory?: boolean
  /**
   * The tile of all products, or of classes of them, as `tiles` and `tune` of an earlier backend had them. It changes times,
   * never bits.
   */
  readonly tile?: TileName | Tiles
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
  const choices = {
    flushesDenormals: await flushesDenormals(opened.device),
    workgroupMemory: options.workgroupMemory ?? !isProcessor(opened.adapter),
    subgroupSize: subgroupSize(opened),
    packedDotProducts: found.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false,
  }
  return new WebgpuBackend(opened, choices, options.tile)
}

/** Invocations of every subgroup, or 0 where that is not known. */
function subgroupSize({ adapter: { info }, device }: Opened): number {
  const { subgroupMinSize, subgroupMaxSize } = info
  return device.features.has('subgroups') && subgroupMinSize === subgroupMaxSize ? subgroupMaxSize : 0
}
