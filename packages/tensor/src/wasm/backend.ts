import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import { allocateArray, type DType, type TypedArray } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { fusedOf, kernelsOf } from './kernels.ts'
import { Block, type Machine } from './machine.ts'
import type { Build } from './module.ts'
import type { Tile } from './tile.ts'

interface Opened {
  readonly machine: Machine
  readonly kernels: Kernels
  readonly fused: FusedKernels
}

/** Kernels in WebAssembly with 128-bit SIMD; tensors live in its memory. */
export class WasmBackend extends Backend {
  readonly name = 'wasm'
  /** Which build of the kernels runs. */
  readonly build: Build
  /** How many threads share the work. */
  readonly threads: number
  /** Whether the engine was asked to join pairs of vectors into 256-bit ones. */
  readonly wide: boolean
  #opened: Opened | undefined

  constructor(machine: Machine, { build, wide }: Pick<WasmBackend, 'build' | 'wide'>) {
    super()
    this.build = build
    this.wide = wide
    this.threads = machine.threads
    this.#opened = { machine, kernels: kernelsOf(machine), fused: fusedOf(machine) }
  }

  /** Rows x columns that products keep in registers. Unless it was given, the first product or question measures it. */
  get tile(): Tile {
    return this.#open().machine.tile.choose()
  }

  get kernels(): Kernels {
    return this.#open().kernels
  }

  get fused(): FusedKernels {
    return this.#open().fused
  }

  /** Bytes of weights that are kept packed for products, beside the tensors that `memory()` counts. */
  get packedBytes(): number {
    return this.#open().machine.panels.bytes
  }

  allocate(bytes: number): DeviceBuffer {
    return new Block(bytes, this.#open().machine.pool.allocate(bytes))
  }

  free(buffer: DeviceBuffer): void {
    this.#opened?.machine.panels.forget(buffer as Block)
    this.#opened?.machine.pool.free((buffer as Block).pointer, buffer.bytes)
  }

  override overwrites(buffer: DeviceBuffer): void {
    this.#open().machine.panels.forget(buffer as Block)
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    this.overwrites(buffer)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.#open()
      .machine.view('u8', (buffer as Block).pointer, bytes.length)
      .set(bytes)
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    const copy = allocateArray(dtype, size)
    copy.set(this.#open().machine.view(dtype, (buffer as Block).pointer, size))
    return copy
  }

  async close(): Promise<void> {
    const machine = this.#opened?.machine
    // Tensors that still refer to the backend do not hold its memory.
    this.#opened = undefined
    leaveBackend(this)
    await machine?.close()
  }

  #open(): Opened {
    if (!this.#opened) throw new LifetimeError('the wasm backend was closed; open another one')
    return this.#opened
  }
}
