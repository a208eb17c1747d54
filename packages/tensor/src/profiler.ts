import type { Peak } from './peak.ts'

/**
 * What was timed: the kernel while it ran, or the call that gave it to a device which runs it later and does not tell
 * its times.
 */
export type Timed = 'kernel' | 'call'

/** Measures how long calls of kernels take, at once or later. */
export interface Clock {
  readonly of: Timed
  /** Makes a call, and tells its time. Parts of it may be told separately; they add up. */
  time(call: () => void, tell: (milliseconds: number) => void): void
  /** Resolves when all times are told. */
  settled(): Promise<void>
}

/** Time and calls of one kernel. */
export interface KernelProfile {
  readonly op: string
  /** What `milliseconds` are those of. Rates are 0 where it is not the kernel. */
  readonly timed: Timed
  readonly calls: number
  /** Total, in milliseconds. */
  readonly milliseconds: number
  /** Of the time in all kernels, from 0 to 1. */
  readonly share: number
  /** Floating-point operations, where the operation defines a count, else 0. */
  readonly flops: number
  /** Bytes of inputs and outputs. */
  readonly bytes: number
  readonly gigaflopsPerSecond: number
  readonly gigabytesPerSecond: number
  /**
   * How near it came to the limit that it is nearer to, arithmetic or memory; undefined where no peak is given,
   * or no time of the kernel is known.
   *
   * @see Williams, Waterman & Patterson 2009, the roofline model
   */
  readonly shareOfPeak?: number
}

interface Row {
  calls: number
  milliseconds: number
  flops: number
  bytes: number
}

const hostClock = (of: Timed): Clock => ({
  of,
  time(call, tell) {
    const start = performance.now()
    call()
    tell(performance.now() - start)
  },
  settled: async () => undefined,
})

/** For backends that compute in the call. */
export const clockOfKernels: Clock = hostClock('kernel')

/** For backends that compute later and cannot tell when. */
export const clockOfCalls: Clock = hostClock('call')

/** Sums time by kernel. */
export class Profiler {
  readonly #rows = new Map<string, Row>()
  readonly #clock: Clock
  readonly #onDispose: () => void

  constructor(clock: Clock, onDispose: () => void) {
    this.#clock = clock
    this.#onDispose = onDispose
  }

  /** Makes a call of a kernel, and counts it. */
  measure(op: string, call: () => void, flops: number, bytes: number): void {
    const row = this.#rows.get(op) ?? { calls: 0, milliseconds: 0, flops: 0, bytes: 0 }
    this.#rows.set(op, row)
    row.calls++
    row.flops += flops
    row.bytes += bytes
    this.#clock.time(call, (milliseconds) => {
      row.milliseconds += milliseconds
    })
  }

  /**
   * One row per kernel, the slowest first, once all that was called is done.
   *
   * @param peak what the device can do, as `measurePeak` finds it: rows then say how near they came
   */
  async report(peak?: Peak): Promise<KernelProfile[]> {
    await this.#clock.settled()
    const timed = this.#clock.of
    const rows = [...this.#rows]
    const total = rows.reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0)
    return rows
      .map(([op, row]): KernelProfile => {
        const known = timed === 'kernel' && row.milliseconds > 0
        const rate = (amount: number): number => (known ? amount / row.milliseconds / 1e6 : 0)
        const rates = { gigaflopsPerSecond: rate(row.flops), gigabytesPerSecond: rate(row.bytes) }
        const share = total > 0 ? row.milliseconds / total : 0
        return { op, timed, ...row, share, ...rates, ...(peak && known && { shareOfPeak: shareOf(rates, peak) }) }
      })
      .sort((a, b) => b.milliseconds - a.milliseconds)
  }

  [Symbol.dispose](): void {
    this.#onDispose()
  }
}

function shareOf(rates: Peak, peak: Peak): number {
  return Math.max(
    rates.gigaflopsPerSecond / peak.gigaflopsPerSecond,
    rates.gigabytesPerSecond / peak.gigabytesPerSecond,
  )
}
