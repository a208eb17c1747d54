import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import type { DType, TypedArray } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { kernels } from './kernels.ts'
import { elements, Memory } from './memory.ts'

/** Options of the reference backend. */
export interface ReferenceOptions {
  /**
   * 'float64' computes and stores f32 tensors in float64, and rounds where they are read: the truth that other
   * backends are compared with. 'f32' by default.
   */
  readonly precision?: 'f32' | 'float64'
}

/** Plain TypeScript: always there, slow, written to be read. Sums and products are formed in float64, stored as f32. */
export class ReferenceBackend extends Backend {
  readonly name = 'reference'
  override readonly computesHalf = true
  readonly kernels: Kernels = kernels
  readonly fused: FusedKernels = {}
  readonly #wide: boolean
  #closed = false

  constructor({ precision = 'f32' }: ReferenceOptions = {}) {
    super()
    this.#wide = precision === 'float64'
  }

  allocate(bytes: number): DeviceBuffer {
    this.#checkOpen()
    return new Memory(bytes, this.#wide)
  }

  free(_buffer: DeviceBuffer): void {
    // The garbage collector frees it.
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    if (data instanceof Float32Array) elements({ buffer, dtype: 'f32', size: data.length }).set(data)
    else new Uint8Array((buffer as Memory).data).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    this.#checkOpen()
    const data = elements({ buffer, dtype, size })
    return data instanceof Float64Array ? Float32Array.from(data) : data.slice()
  }

  async close(): Promise<void> {
    this.#closed = true
    leaveBackend(this)
  }

  #checkOpen(): void {
    if (this.#closed) throw new LifetimeError('the reference backend was closed; open another one')
  }
}
