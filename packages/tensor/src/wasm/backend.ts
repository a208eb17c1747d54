import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import type { DType, TypedArray } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { fusedOf, kernelsOf } from './kernels.ts'
import { Block, type Machine } from './machine.ts'
import type { Build } from './module.ts'

/** Kernels in WebAssembly with 128-bit SIMD, tensors in its memory. */
export class WasmBackend extends Backend {
  readonly name = 'wasm'
  readonly kernels: Kernels
  readonly fused: FusedKernels
  /** Which build of the kernels runs. */
  readonly build: Build
  #machine: Machine | undefined

  constructor(machine: Machine, build: Build) {
    super()
    this.#machine = machine
    this.build = build
    this.kernels = kernelsOf(machine)
    this.fused = fusedOf(machine)
  }

  allocate(bytes: number): DeviceBuffer {
    return new Block(bytes, this.#open().pool.allocate(bytes))
  }

  free(buffer: DeviceBuffer): void {
    this.#machine?.pool.free((buffer as Block).pointer, buffer.bytes)
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.#open().view('u8', (buffer as Block).pointer, bytes.length).set(bytes)
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    return this.#open().view(dtype, (buffer as Block).pointer, size).slice()
  }

  async close(): Promise<void> {
    this.#machine = undefined
    leaveBackend(this)
  }

  #open(): Machine {
    if (!this.#machine) throw new LifetimeError('the wasm backend was closed; open another one')
    return this.#machine
  }
}
