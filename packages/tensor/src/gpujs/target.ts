import type { GPU, IKernelRunShortcut, Texture } from 'gpu.js'
import type { NativeFunction } from './functions/native.ts'

/** Numbers where kernels read and write them. */
export type DeviceArray = Texture | Float32Array

/** A place where gpu.js computes. */
export interface Target {
  readonly mode: 'webgl2' | 'cpu'
  readonly gpu: GPU
  /** In which language native functions are. */
  readonly language: Exclude<keyof NativeFunction, 'returns'>
  /** What gpu.js calls the arrays here. */
  readonly arrayType: 'ArrayTexture(1)' | 'Array'
  /** The most elements an array may have. */
  readonly limit: number
  /** Runs a kernel. The result belongs to the caller. */
  run(kernel: IKernelRunShortcut, inputs: readonly (DeviceArray | number)[]): DeviceArray
  read(array: DeviceArray, size: number): Float32Array
  free(array: DeviceArray): void
  close(): Promise<void>
}
