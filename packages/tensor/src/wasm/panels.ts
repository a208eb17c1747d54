import type { Block } from './machine.ts'
import type { Pool } from './pool.ts'

/** Of the memory there may be, the most that kept panels take. */
const mostShare = 1 / 8

/** How a weight is packed. */
export interface PanelLayout {
  readonly lanes: number
  readonly inner: number
  /** lanes of a panel */
  readonly width: number
  readonly bytes: number
}

interface Kept extends PanelLayout {
  readonly pointer: number
}

/**
 * Weights in the order in which products read them, kept from one product to the next. A weight is kept from the second
 * product on that finds it unchanged: one that changes in every step, as in training, never is. What is kept goes with
 * its buffer, when that is written to, and when memory is needed otherwise.
 */
export class Panels {
  readonly #pool: Pool
  readonly #kept = new Map<Block, Kept>()
  /** those that were in one product */
  readonly #seen = new WeakSet<Block>()
  #bytes = 0

  constructor(pool: Pool) {
    this.#pool = pool
    pool.spare = () => this.#release()
  }

  /** Bytes of all that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Where the panels of a weight are, until memory is asked for again; 0 if they are not kept.
   *
   * @param pack packs it to an address
   */
  of(weight: Block, layout: PanelLayout, pack: (target: number) => void): number {
    const kept = this.#kept.get(weight)
    if (kept && isAlike(kept, layout)) return kept.pointer
    if (kept) this.forget(weight)
    if (!this.#seen.has(weight)) {
      this.#seen.add(weight)
      return 0
    }
    if (this.#bytes + layout.bytes > mostShare * this.#pool.limit) return 0
    const pointer = this.#pool.tryAllocate(layout.bytes)
    if (pointer === undefined) return 0
    pack(pointer)
    this.#kept.set(weight, { ...layout, pointer })
    this.#bytes += layout.bytes
    return pointer
  }

  /** Of a weight that changes, or is no more. */
  forget(weight: Block): void {
    this.#seen.delete(weight)
    const kept = this.#kept.get(weight)
    if (!kept) return
    this.#kept.delete(weight)
    this.#bytes -= kept.bytes
    this.#pool.free(kept.pointer, kept.bytes)
  }

  #release(): void {
    for (const weight of [...this.#kept.keys()]) this.forget(weight)
  }
}

function isAlike(a: PanelLayout, b: PanelLayout): boolean {
  return a.lanes === b.lanes && a.inner === b.inner && a.width === b.width
}
