import type { Plan } from './plan.ts'
import type { TaskKind } from './tasks.ts'

interface Entry {
  /** seconds, as planned */
  readonly cost: number
  done: number
  /** how far it was, and when, as it was first heard of: a task that goes on does not begin at 0 */
  begun?: { readonly done: number; readonly at: number }
  /** wall-clock seconds since then */
  seconds: number
}

/** Planned seconds of work before the pace is told by them. */
const enough = 5

/**
 * How long a study will still take: what is planned for the tasks, corrected by how much longer than planned they have
 * taken so far.
 */
export class TimeLeft {
  readonly #sizes = new Map<string, Map<string, Entry>>()
  readonly #processes: number
  readonly #now: () => number

  /** @param now seconds, of any clock that only goes forward */
  constructor(plans: readonly Plan[], processes: number, now: () => number = () => performance.now() / 1000) {
    this.#processes = processes
    this.#now = now
    for (const { size, cost } of plans) {
      const entries = Object.entries(cost).map(([kind, cost]): [string, Entry] => [kind, { cost, done: 0, seconds: 0 }])
      this.#sizes.set(size.name, new Map(entries))
    }
  }

  /** A task is done to a share from 0 to 1. */
  reached(kind: TaskKind, model: string, done: number): void {
    const entry = this.#entry(kind, model)
    entry.begun ??= { done, at: this.#now() }
    entry.done = done
    entry.seconds = this.#now() - entry.begun.at
  }

  finished(kind: TaskKind, model: string): void {
    const entry = this.#entry(kind, model)
    if (entry.begun) entry.seconds = this.#now() - entry.begun.at
    entry.done = 1
  }

  /** Sizes are done side by side, the tasks of one size one after the other. */
  seconds(): number {
    const left = [...this.#sizes.values()].map((entries) => total(entries, ({ cost, done }) => cost * (1 - done)))
    const sum = left.reduce((sum, each) => sum + each, 0)
    return this.#pace() * Math.max(sum / this.#processes, ...left)
  }

  #pace(): number {
    let planned = 0
    let taken = 0
    for (const entries of this.#sizes.values()) {
      planned += total(entries, ({ cost, done, begun }) => (begun ? cost * (done - begun.done) : 0))
      taken += total(entries, ({ seconds }) => seconds)
    }
    return planned < enough ? 1 : taken / planned
  }

  #entry(kind: TaskKind, model: string): Entry {
    return this.#sizes.get(model)!.get(kind)!
  }
}

function total(entries: ReadonlyMap<string, Entry>, measure: (entry: Entry) => number): number {
  let sum = 0
  for (const entry of entries.values()) sum += measure(entry)
  return sum
}
