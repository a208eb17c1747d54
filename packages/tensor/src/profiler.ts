import type { Peak } from './peak.ts'

/** Time and calls of one kernel. */
export interface KernelProfile {
  readonly op: string
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
   * How near it came to the limit that it is nearer to, arithmetic or memory; undefined where no peak is given.
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

/** Sums time by kernel. On a backend that computes later (a GPU) the times are those of the calls. */
export class Profiler {
  readonly #rows = new Map<string, Row>()
  readonly #onDispose: () => void

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose
  }

  add(op: string, milliseconds: number, flops: number, bytes: number): void {
    const row = this.#rows.get(op) ?? { calls: 0, milliseconds: 0, flops: 0, bytes: 0 }
    this.#rows.set(op, row)
    row.calls++
    row.milliseconds += milliseconds
    row.flops += flops
    row.bytes += bytes
  }

  /**
   * One row per kernel, the slowest first.
   *
   * @param peak what the device can do, as `measurePeak` finds it: rows then say how near they came
   */
  report(peak?: Peak): KernelProfile[] {
    const rows = [...this.#rows]
    const total = rows.reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0)
    return rows
      .map(([op, row]): KernelProfile => {
        const rate = (amount: number): number => (row.milliseconds > 0 ? amount / row.milliseconds / 1e6 : 0)
        const rates = { gigaflopsPerSecond: rate(row.flops), gigabytesPerSecond: rate(row.bytes) }
        const share = total > 0 ? row.milliseconds / total : 0
        return { op, ...row, share, ...rates, ...(peak && { shareOfPeak: shareOf(rates, peak) }) }
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
