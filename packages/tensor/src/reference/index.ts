import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import { type DType, type TypedArray, viewAs } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { kernels } from './kernels.ts'
import { Memory } from './memory.ts'

/** Plain TypeScript: always there, slow, written to be read. Sums and products are formed in float64, stored as f32. */
export class ReferenceBackend extends Backend {
  readonly name = 'reference'
  readonly kernels: Kernels = kernels
  readonly fused: FusedKernels = {}
  #closed = false

  allocate(bytes: number): DeviceBuffer {
    if (this.#closed) throw new LifetimeError('the reference backend was closed; open another one')
    return new Memory(bytes)
  }

  free(_buffer: DeviceBuffer): void {
    // The garbage collector frees it.
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    new Uint8Array((buffer as Memory).data).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    return viewAs(dtype, (buffer as Memory).data, 0, size).slice()
  }

  async close(): Promise<void> {
    this.#closed = true
    leaveBackend(this)
  }
}
