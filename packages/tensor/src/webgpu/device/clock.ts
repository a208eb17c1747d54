import type { Clock } from '../../profiler.ts'
import { mapRead, usage } from './usage.ts'

/** Passes whose time counts to one call. */
export interface Span {
  readonly tell: (milliseconds: number) => void
}

/** Bytes of a time stamp: nanoseconds, as a whole number. */
const stampBytes = 8

/**
 * The device's own clock: stamps at the beginning and the end of each pass. Browsers round them, to 0.1 ms or so.
 *
 * @see https://www.w3.org/TR/webgpu/#timestamp
 */
export class DeviceClock implements Clock {
  readonly of = 'kernel'
  readonly #device: GPUDevice
  readonly #stamps: GPUQuerySet
  readonly #flush: () => Promise<void>
  readonly #reading = new Set<Promise<void>>()
  /** Of the submission that is being encoded. */
  #spans: Span[] = []
  /** What is recorded now. */
  span: Span | undefined

  /**
   * @param passes of one submission, at most
   * @param flush hands to the device what was recorded
   */
  constructor(device: GPUDevice, passes: number, flush: () => Promise<void>) {
    this.#device = device
    this.#flush = flush
    this.#stamps = device.createQuerySet({ type: 'timestamp', count: 2 * passes })
  }

  time(call: () => void, tell: (milliseconds: number) => void): void {
    this.span = { tell }
    try {
      call()
    } finally {
      this.span = undefined
    }
  }

  async settled(): Promise<void> {
    await this.#flush()
    await Promise.all(this.#reading)
  }

  /** Where a pass writes its two stamps. */
  writesOf(span: Span): GPUComputePassTimestampWrites {
    const first = 2 * this.#spans.length
    this.#spans.push(span)
    return { querySet: this.#stamps, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 }
  }

  /** Ends a submission: copies its stamps. What is returned is to be called once it is on its way. */
  resolve(encoder: GPUCommandEncoder): (() => void) | undefined {
    const spans = this.#spans
    if (spans.length === 0) return undefined
    this.#spans = []
    const size = 2 * stampBytes * spans.length
    const resolved = this.#device.createBuffer({ size, usage: usage.queryResolve | usage.copySource })
    const staging = this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
    encoder.resolveQuerySet(this.#stamps, 0, 2 * spans.length, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size)
    return () => {
      resolved.destroy()
      const read = readSpans(staging, spans).finally(() => this.#reading.delete(read))
      this.#reading.add(read)
    }
  }

  close(): void {
    this.#stamps.destroy()
  }
}

async function readSpans(staging: GPUBuffer, spans: readonly Span[]): Promise<void> {
  // A device that is lost has no times; what waits for results says so.
  await staging.mapAsync(mapRead).catch(() => undefined)
  if (staging.mapState !== 'mapped') return
  const stamps = new BigUint64Array(staging.getMappedRange())
  // Some devices set their clock back when they change their frequency.
  spans.forEach(({ tell }, i) => tell(Math.max(Number(stamps[2 * i + 1]! - stamps[2 * i]!), 0) / 1e6))
  staging.destroy()
}
