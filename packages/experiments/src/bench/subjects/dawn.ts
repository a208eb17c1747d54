import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { openDawn } from '@tlc/tensor/dawn'
import type { Adapter, DeviceWork } from './subject.ts'

/** What everybody asks for: where a machine has two GPUs, the fast one. */
const powerPreference = 'high-performance'

/** Held as long as the process lives: Dawn frees what devices stand on with it. */
let gpu: GPU | undefined

/**
 * Gives this process WebGPU as a browser has it, `navigator.gpu` and the constants beside it, through the Dawn of this
 * project.
 *
 * @throws Error if there is no adapter, or no Dawn
 */
export async function provideWebgpu(): Promise<Adapter> {
  gpu = await openDawn()
  // npm's package `webgpu` as @tlc/tensor has it.
  const { resolve } = createRequire(import.meta.resolve('@tlc/tensor/dawn'))
  const { globals } = await import(pathToFileURL(resolve('webgpu')).href)
  Object.assign(globalThis, globals)
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node.js' } })
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu })
  const adapter = await gpu.requestAdapter({ powerPreference })
  if (!adapter) throw new Error('WebGPU has no adapter')
  const { vendor, architecture, device, description } = adapter.info
  return {
    name: [vendor, architecture, device].filter(Boolean).join(', '),
    driver: description,
    features: [...adapter.features].toSorted(),
  }
}

/** Counts what is asked of devices meanwhile, whoever asks: all share the prototypes of Dawn. */
export async function countDeviceWork(run: () => Promise<unknown>): Promise<DeviceWork> {
  const counts = { submits: 0, dispatches: 0 }
  const { GPUQueue: queue, GPUComputePassEncoder: pass } = globalThis
  const restore = [
    counted(queue.prototype, 'submit', () => counts.submits++),
    counted(pass.prototype, 'dispatchWorkgroups', () => counts.dispatches++),
    counted(pass.prototype, 'dispatchWorkgroupsIndirect', () => counts.dispatches++),
  ]
  try {
    await run()
  } finally {
    for (const each of restore) each()
  }
  return counts
}

/** Hears of every call of a method; returns what ends that. */
function counted<Method extends string>(
  prototype: { [M in Method]: (...given: never[]) => unknown },
  method: Method,
  hear: () => void,
): () => void {
  const original = prototype[method]
  prototype[method] = function (this: unknown, ...given) {
    hear()
    return original.apply(this, given)
  }
  return () => {
    prototype[method] = original
  }
}
