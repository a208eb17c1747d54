/** Time and calls of one kernel. */
export interface KernelProfile {
  readonly op: string
  readonly calls: number
  /** Total, in milliseconds. */
  readonly milliseconds: number
  /** Floating-point operations, where the operation defines a count, else 0. */
  readonly flops: number
  /** Bytes of inputs and outputs. */
  readonly bytes: number
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

  /** One row per kernel, the slowest first. */
  report(): KernelProfile[] {
    return [...this.#rows].map(([op, row]) => ({ op, ...row })).sort((a, b) => b.milliseconds - a.milliseconds)
  }

  [Symbol.dispose](): void {
    this.#onDispose()
  }
}
