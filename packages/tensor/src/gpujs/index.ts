import type { Backend } from '../backend.ts'
import { GpujsBackend } from './backend.ts'
import { openCpu } from './cpu.ts'
import { Device } from './device.ts'
import { loadLibrary } from './library.ts'
import { Machine } from './machine.ts'
import { openWebgl2 } from './webgl2.ts'

/** Options of the backend gpujs. */
export interface GpujsOptions {
  /** 'webgl2', or 'cpu', which is JavaScript. By default WebGL2 where there is one with float32 textures, else the CPU. */
  readonly mode?: 'webgl2' | 'cpu'
}

/**
 * Opens the backend for browsers without WebGPU: WebGL2 through npm `gpu.js`.
 *
 * @throws Error where gpu.js is not installed, or WebGL2 is asked for and is not there; RangeError for another mode
 */
export async function openGpujs({ mode }: GpujsOptions = {}): Promise<Backend> {
  if (mode !== undefined && mode !== 'webgl2' && mode !== 'cpu') {
    throw new RangeError(
      `openBackend('gpujs'): mode is '${mode}', expected 'webgl2' or 'cpu', or none for the best one`,
    )
  }
  const library = await loadLibrary()
  const webgl2 = mode === 'cpu' ? undefined : openWebgl2(library)
  if (mode === 'webgl2' && !webgl2) {
    throw new Error(
      "openBackend('gpujs'): there is no WebGL2 with float32 textures here; use a browser that has it, or { mode: 'cpu' }",
    )
  }
  return new GpujsBackend(new Machine(new Device(webgl2 ?? openCpu(library))))
}
