import { LifetimeError } from '../errors.ts'
import { Pipelines } from './pipelines.ts'
import type { BufferPool, Memory } from './pool.ts'
import type { Program } from './program.ts'
import { Readback } from './readback.ts'
import { usage } from './usage.ts'

/** Bytes of the parameters of one dispatch, at most. */
export const parameterBytes = 256

/** Dispatches of one submission, at most. */
const dispatchesPerSubmit = 1024

/** Workgroups along x, y, z. */
export type Grid = readonly [x: number, y?: number, z?: number]

/**
 * Records dispatches into one compute pass of one command encoder, and submits them when something is read, or when
 * there are many. Parameters of all lie in one buffer, which is written once for each submission.
 */
export class Dispatcher {
  readonly device: GPUDevice
  readonly #pool: BufferPool
  readonly #pipelines: Pipelines
  readonly #readback: Readback
  readonly #arena: GPUBuffer
  readonly #words: Uint32Array<ArrayBuffer>
  /** Words from the parameters of one dispatch to those of the next. */
  readonly #slot: number
  #encoder: GPUCommandEncoder | undefined
  #pass: GPUComputePassEncoder | undefined
  #dispatches = 0
  #submits = 0
  #recorded = 0
  #problem: Error | undefined

  constructor(device: GPUDevice, pool: BufferPool) {
    this.device = device
    this.#pool = pool
    const alignment = device.limits.minUniformBufferOffsetAlignment
    const slotBytes = Math.ceil(parameterBytes / alignment) * alignment
    this.#slot = slotBytes / 4
    this.#words = new Uint32Array(this.#slot * dispatchesPerSubmit)
    this.#arena = device.createBuffer({ size: this.#words.byteLength, usage: usage.uniform | usage.copyTarget })
    this.#pipelines = new Pipelines(device, this.#arena, parameterBytes)
    this.#readback = new Readback(device)
  }

  /** Submissions so far. It is also the number of the one that is being recorded. */
  get submits(): number {
    return this.#submits
  }

  /** Dispatches so far. */
  get dispatches(): number {
    return this.#recorded
  }

  /** Programs compiled so far. */
  get programs(): number {
    return this.#pipelines.size
  }

  /** Makes every later call fail, for a reason; the first one counts. */
  fail(problem: Error): void {
    this.#problem ??= problem
  }

  check(): void {
    if (this.#problem) throw this.#problem
  }

  /** Records a program, on buffers in the order of its bindings. */
  run(program: Program, memories: readonly Memory[], parameters: readonly number[], grid: Grid): void {
    this.check()
    const [x, y = 1, z = 1] = grid
    if (x === 0 || y === 0 || z === 0) return
    if (this.#dispatches === dispatchesPerSubmit) this.flush()
    const { pipeline, access, uniform } = this.#pipelines.pipeline(program)
    const pass = this.#openPass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, this.#pipelines.bindGroup(access, memories))
    if (uniform) {
      const start = this.#dispatches * this.#slot
      this.#words.set(parameters, start)
      pass.setBindGroup(1, this.#pipelines.parameters, [4 * start])
    }
    pass.dispatchWorkgroups(x, y, z)
    this.#dispatches++
    this.#recorded++
    for (const memory of memories) memory.lastUse = this.#submits
  }

  /** Writes to a buffer, after all that was recorded so far. */
  upload(memory: Memory, data: ArrayBufferView): void {
    this.check()
    if (data.byteLength === 0) return
    if (memory.lastUse === this.#submits) this.flush()
    // Whole words are written; what lies behind a tensor is nobody's.
    const bytes = Math.ceil(data.byteLength / 4) * 4
    let source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    if (bytes !== source.length) {
      source = new Uint8Array(bytes)
      source.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
    this.device.queue.writeBuffer(memory.buffer, 0, source as Uint8Array<ArrayBuffer>)
  }

  /** The first bytes of a buffer, once all that was recorded so far is done. */
  async download(memory: Memory, bytes: number): Promise<ArrayBuffer> {
    this.check()
    if (bytes === 0) return new ArrayBuffer(0)
    const staging = this.#readback.take(bytes)
    this.#closePass()
    this.#encoder ??= this.device.createCommandEncoder()
    this.#encoder.copyBufferToBuffer(memory.buffer, 0, staging, 0, Math.ceil(bytes / 4) * 4)
    memory.lastUse = this.#submits
    // Others that are asked for now share the submission.
    await Promise.resolve()
    this.flush()
    return this.#readback.read(staging, bytes, () => this.check())
  }

  /** Submits what was recorded. */
  flush(): void {
    this.#closePass()
    if (!this.#encoder) return
    const commands = this.#encoder.finish()
    this.#encoder = undefined
    const words = this.#dispatches * this.#slot
    const { queue } = this.device
    if (words > 0) queue.writeBuffer(this.#arena, 0, this.#words, 0, words)
    queue.submit([commands])
    this.#dispatches = 0
    this.#submits++
    this.#pool.submitted()
  }

  close(): void {
    this.fail(new LifetimeError('the webgpu backend was closed; open another one'))
    this.#pass = undefined
    this.#encoder = undefined
    this.#arena.destroy()
    this.#readback.close()
  }

  #openPass(): GPUComputePassEncoder {
    if (!this.#pass) {
      this.#encoder ??= this.device.createCommandEncoder()
      this.#pass = this.#encoder.beginComputePass()
    }
    return this.#pass
  }

  #closePass(): void {
    this.#pass?.end()
    this.#pass = undefined
  }
}
