import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import type { DType, TypedArray } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { type Clock, clockOfCalls, clockOfKernels } from '../profiler.ts'
import { kernelsOf } from './kernels.ts'
import type { Machine } from './machine.ts'
import type { Target } from './target.ts'

interface Opened {
  readonly machine: Machine
  readonly kernels: Kernels
}

/** Kernels by gpu.js: tensors live in textures of WebGL2, or in arrays. */
export class GpujsBackend extends Backend {
  readonly name = 'gpujs'
  readonly fused: FusedKernels = {}
  /** Where gpu.js computes. */
  readonly mode: Target['mode']
  override readonly flushesDenormals: boolean
  #opened: Opened | undefined

  constructor(machine: Machine) {
    super()
    this.mode = machine.device.mode
    this.flushesDenormals = this.mode === 'webgl2'
    this.#opened = { machine, kernels: kernelsOf(machine) }
  }

  get kernels(): Kernels {
    return this.#open().kernels
  }

  allocate(bytes: number): DeviceBuffer {
    return this.#open().machine.allocate(bytes)
  }

  free(buffer: DeviceBuffer): void {
    this.#opened?.machine.free(buffer)
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    this.#open().machine.put(buffer, data.slice())
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    return this.#open().machine.host({ buffer, dtype, size }).slice()
  }

  async close(): Promise<void> {
    const machine = this.#opened?.machine
    // Tensors that still refer to the backend do not hold its textures.
    this.#opened = undefined
    leaveBackend(this)
    await machine?.device.close()
  }

  protected override clock(): Clock {
    return this.mode === 'webgl2' ? clockOfCalls : clockOfKernels
  }

  #open(): Opened {
    if (!this.#opened) throw new LifetimeError('the gpujs backend was closed; open another one')
    return this.#opened
  }
}
