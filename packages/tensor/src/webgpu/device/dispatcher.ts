import { LifetimeError } from '../../errors.ts'
import { Batch } from './batch.ts'
import { DeviceClock } from './clock.ts'
import { encode, parameterBytes } from './encode.ts'
import type { Block } from './memory.ts'
import { Pending } from './pending.ts'
import { Pipelines } from './pipelines.ts'
import { BufferPool } from './pool.ts'
import type { Program } from './program.ts'
import { Readback } from './readback.ts'
import { usage } from './usage.ts'

/** Dispatches of one submission, at most. */
const dispatchesPerSubmit = 1024

/** Workgroups along x, y, z. */
export type Grid = readonly [x: number, y?: number, z?: number]

/**
 * Records dispatches, and submits them when something is read, or when there are many. Parameters of all lie in one
 * buffer, which is written once for each submission. Submissions and uploads wait, in their order, for what the device
 * has yet to answer.
 */
export class Dispatcher {
  readonly device: GPUDevice
  readonly pool: BufferPool
  readonly #pending = new Pending()
  readonly #pipelines: Pipelines
  readonly #readback: Readback
  readonly #arena: GPUBuffer
  /** Words from the parameters of one dispatch to those of the next. */
  readonly #slot: number
  #batch: Batch
  /** Words of a batch that is on its way. */
  #spare: Uint32Array<ArrayBuffer> | undefined
  /** Resolves when all that waits is on its way. */
  #queue: Promise<void> | undefined
  #clock: DeviceClock | undefined
  #recorded = 0
  #problem: Error | undefined
  #told = false

  constructor(device: GPUDevice) {
    this.device = device
    const alignment = device.limits.minUniformBufferOffsetAlignment
    this.#slot = (Math.ceil(parameterBytes / alignment) * alignment) / 4
    this.#batch = new Batch(0, this.#words())
    const bytes = this.#batch.words.byteLength
    this.#arena = device.createBuffer({ size: bytes, usage: usage.uniform | usage.copyTarget })
    const arena = { buffer: this.#arena, bytes: parameterBytes }
    this.#pipelines = new Pipelines(device, arena, this.#pending, (problem) => this.fail(problem))
    this.#readback = new Readback(device, this.#pending)
    this.pool = new BufferPool(device, this.#pending)
  }

  /** Submissions so far. It is also the number of the one that is being recorded. */
  get submits(): number {
    return this.#batch.number
  }

  /** Dispatches so far. */
  get dispatches(): number {
    return this.#recorded
  }

  /** Programs compiled so far. */
  get programs(): number {
    return this.#pipelines.size
  }

  /** The device's own clock, where it has one. */
  get clock(): DeviceClock | undefined {
    if (!this.device.features.has('timestamp-query')) return undefined
    this.#clock ??= new DeviceClock(this.device, dispatchesPerSubmit, async () => {
      this.flush()
      await this.#queue
    })
    return this.#clock
  }

  /** Makes every later call fail, for a reason; the first one counts. */
  fail(problem: Error): void {
    this.#problem ??= problem
  }

  check(): void {
    if (!this.#problem) return
    this.#told = true
    throw this.#problem
  }

  /** Records a program, on tensors in the order of its bindings. */
  run(program: Program, blocks: readonly Block[], parameters: readonly number[], [x, y = 1, z = 1]: Grid): void {
    this.check()
    if (x === 0 || y === 0 || z === 0) return
    if (this.#batch.dispatches.length === dispatchesPerSubmit) this.flush()
    const { dispatches, words, number } = this.#batch
    for (const block of blocks) {
      if (block.problem) throw block.problem
      block.memory.lastUse = number
    }
    const start = dispatches.length * this.#slot
    for (let i = 0; i < parameters.length; i++) words[start + i] = parameters[i]!
    dispatches.push({ program: this.#pipelines.of(program), blocks, x, y, z, span: this.#clock?.span })
    this.#recorded++
  }

  /** Writes to a tensor, after all that was recorded so far. */
  upload(block: Block, data: ArrayBufferView): void {
    this.check()
    if (block.problem) throw block.problem
    if (data.byteLength === 0) return
    const { memory } = block
    if (memory.lastUse === this.submits) this.flush()
    const given = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    const { queue } = this.device
    if (!this.#queue && memory.answered && given.length % 4 === 0) {
      queue.writeBuffer(memory.buffer, 0, given)
      return
    }
    // Not to be destroyed before.
    memory.lastUse = this.submits
    // Whole words are written; what lies behind a tensor is nobody's.
    const kept = new Uint8Array(Math.ceil(given.length / 4) * 4)
    kept.set(given)
    void this.#inTurn(() => {
      if (!block.problem) queue.writeBuffer(memory.buffer, 0, kept)
    })
  }

  /** The first bytes of a tensor, once all that was recorded so far is done. */
  async download(block: Block, bytes: number): Promise<ArrayBuffer> {
    this.check()
    if (bytes === 0) return new ArrayBuffer(0)
    const staging = this.#readback.take(bytes)
    const batch = this.#batch
    batch.copies.push({ after: batch.dispatches.length, from: block, to: staging, bytes: Math.ceil(bytes / 4) * 4 })
    block.memory.lastUse = batch.number
    // Others that are asked for now share the submission.
    await Promise.resolve()
    if (batch === this.#batch) this.flush()
    await batch.sent
    this.check()
    const problem = block.problem ?? staging.problem
    if (problem) {
      this.#readback.keep(staging)
      throw problem
    }
    return this.#readback.read(staging, bytes, () => this.check())
  }

  /** Submits what was recorded. */
  flush(): void {
    const batch = this.#batch
    if (batch.empty) return
    batch.sent = this.#inTurn(() => this.#send(batch))
    this.#batch = new Batch(batch.number + 1, this.#spare ?? this.#words())
    this.#spare = undefined
    this.pool.recorded()
  }

  /** What went wrong without anybody being told. */
  close(): Error | undefined {
    const untold = this.#told ? undefined : this.#problem
    this.fail(new LifetimeError('the webgpu backend was closed; open another one'))
    this.#arena.destroy()
    this.#readback.close()
    this.#clock?.close()
    this.pool.close()
    return untold
  }

  #words(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#slot * dispatchesPerSubmit)
  }

  /** Does something at once, or after what waits and what is pending. */
  #inTurn(work: () => void): Promise<void> | undefined {
    const ready = this.#pending.all
    if (!this.#queue && !ready) {
      work()
      return undefined
    }
    const turn = Promise.all([this.#queue, ready])
      .then(() => {
        if (this.#queue === turn) this.#queue = undefined
        if (!this.#problem) work()
      })
      .catch((error: Error) => this.fail(error))
    this.#queue = turn
    return turn
  }

  #send(batch: Batch): void {
    const { device } = this
    const encoder = device.createCommandEncoder()
    encode(encoder, batch, 4 * this.#slot, this.#clock)
    const read = this.#clock?.resolve(encoder)
    const used = batch.dispatches.length * this.#slot
    if (used > 0) device.queue.writeBuffer(this.#arena, 0, batch.words, 0, used)
    device.queue.submit([encoder.finish()])
    read?.()
    this.#spare = batch.words
    this.pool.sent(batch.number)
  }
}
