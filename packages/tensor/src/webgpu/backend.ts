import { Backend, type DeviceBuffer, type FusedKernels, type Kernels } from '../backend.ts'
import { leaveBackend } from '../context.ts'
import { type DType, dtypes, type TypedArray, viewAs } from '../dtype.ts'
import { LifetimeError } from '../errors.ts'
import { type Clock, clockOfCalls } from '../profiler.ts'
import type { Opened } from './device/device.ts'
import { Dispatcher } from './device/dispatcher.ts'
import type { Block } from './device/memory.ts'
import { fusedOf, kernelsOf } from './kernels.ts'
import { Machine } from './machine.ts'
import { TileChoice, type Tiles } from './product/choice.ts'
import type { TileName, TileSupport } from './product/tile.ts'
import { type TuneOptions, tuneTiles } from './product/tune.ts'

/** What the device did so far, for benchmarks and tests. */
export interface DeviceWork {
  /** command buffers handed to the device */
  readonly submits: number
  /** kernels run */
  readonly dispatches: number
  /** shaders compiled */
  readonly programs: number
  /** bytes of all buffers, in use or kept for later */
  readonly bytes: number
}

/** What was found out or chosen when the device was opened. */
export interface WebgpuChoices extends TileSupport {
  readonly flushesDenormals: boolean
  /** whether WGSL has dot products of four packed whole numbers */
  readonly packedDotProducts: boolean
}

/** Kernels in WGSL, on a device of WebGPU. Operations are queued; reading waits for them. */
export class WebgpuBackend extends Backend {
  readonly name = 'webgpu'
  readonly kernels: Kernels
  readonly fused: FusedKernels
  /** The adapter's own words: vendor, architecture, device, driver. */
  readonly adapter: string
  override readonly flushesDenormals: boolean
  override readonly computesHalf: boolean
  readonly choices: WebgpuChoices
  readonly #machine: Machine
  readonly #dispatcher: Dispatcher
  /** Held while the backend is open: Dawn frees the device's ground with it. */
  #opened: Opened | undefined

  /** @throws RangeError for a tile that is not there */
  constructor(opened: Opened, choices: WebgpuChoices, tile?: TileName | Tiles) {
    super()
    const tiles = new TileChoice(choices, tile)
    this.choices = choices
    this.#opened = opened
    this.flushesDenormals = choices.flushesDenormals
    const { device, adapter } = opened
    this.computesHalf = device.features.has('shader-f16')
    const { vendor, architecture, device: model, description } = adapter.info
    this.adapter = [vendor, architecture, model, description].filter(Boolean).join(', ')
    this.#dispatcher = new Dispatcher(device)
    const machine = new Machine(this.#dispatcher, tiles, choices.packedDotProducts)
    this.#machine = machine
    this.kernels = kernelsOf(machine)
    this.fused = fusedOf(machine)
    device.addEventListener('uncapturederror', ({ error }) => {
      this.#dispatcher.fail(new Error(`webgpu: the device refused a command: ${error.message}`))
    })
    void device.lost.then(({ reason, message }) => {
      const why = [reason === 'unknown' ? undefined : reason, message].filter(Boolean).join(': ')
      this.#dispatcher.fail(
        new LifetimeError(
          `webgpu: the device was lost (${why}); its tensors are gone. Open another backend, and go on from the last checkpoint`,
        ),
      )
    })
  }

  protected override clock(): Clock {
    return this.#dispatcher.clock ?? clockOfCalls
  }

  /** What the device did so far. */
  get work(): DeviceWork {
    const { submits, dispatches, programs, pool } = this.#dispatcher
    return { submits, dispatches, programs, bytes: pool.bytes }
  }

  /** The tile of every class of products that was computed so far, such as `NT f32 vectors 1024x64x256`. */
  get tiles(): Tiles {
    return this.#machine.tiles.chosen
  }

  /**
   * Measures which tile is the fastest for each class of products that was computed so far, the most used first, and uses
   * it from then on: call it after a first step. Each class is measured once. The bits of results stay the same.
   *
   * @returns the tile of every class, also for the option `tile` when a backend is opened the next time
   * @throws LifetimeError if the backend is closed, or its device was lost
   */
  async tune(options: TuneOptions = {}): Promise<Tiles> {
    await tuneTiles(this.#machine, options)
    return this.tiles
  }

  allocate(bytes: number): DeviceBuffer {
    this.#dispatcher.check()
    return this.#dispatcher.pool.allocate(bytes)
  }

  free(buffer: DeviceBuffer): void {
    const { pool, submits } = this.#dispatcher
    if (this.#opened) pool.free(buffer as Block, submits)
  }

  upload(buffer: DeviceBuffer, data: TypedArray): void {
    this.#dispatcher.upload(buffer as Block, data)
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    const data = await this.#dispatcher.download(buffer as Block, size * dtypes[dtype].bytes)
    return viewAs(dtype, data, 0, size)
  }

  /** @throws Error if the device refused a command and nobody was told: a kernel is wrong, and so are results */
  async close(): Promise<void> {
    leaveBackend(this)
    if (!this.#opened) return
    const { device } = this.#opened
    this.#opened = undefined
    const untold = this.#dispatcher.close()
    device.destroy()
    if (untold && !(untold instanceof LifetimeError)) throw untold
  }
}
