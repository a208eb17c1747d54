import type { Plan } from './plan.ts'
import type { StudyProgress } from './run-study.ts'
import { finishedResult, type Place, type ResultOf, type Task, type TaskKind } from './tasks.ts'
import type { WorkerPool } from './worker-pool.ts'

/** What all tasks of one size found. */
export type SizeResults = { readonly [K in TaskKind]: ResultOf<K> }

/** A task of a study, known well enough to tell how much of it is left. */
interface Entry {
  readonly cost: number
  done: number
}

/**
 * Does the tasks of all sizes: of one size one after the other, sizes side by side, the longest first so that no core is
 * left alone at the end; and says how long it will still take.
 */
export class Progression {
  readonly #place: Place
  readonly #revision: string
  readonly #pool: WorkerPool
  readonly #onProgress: (progress: StudyProgress) => void
  readonly #entries = new Map<string, Entry>()

  constructor(place: Place, revision: string, pool: WorkerPool, onProgress: (progress: StudyProgress) => void) {
    this.#place = place
    this.#revision = revision
    this.#pool = pool
    this.#onProgress = onProgress
  }

  /** @returns results by the size's name */
  async run(plans: readonly Plan[]): Promise<Map<string, SizeResults>> {
    for (const { size, cost } of plans) {
      for (const [kind, seconds] of Object.entries(cost)) {
        this.#entries.set(`${kind} ${size.name}`, { cost: seconds, done: 0 })
      }
    }
    const total = ({ cost }: Plan): number => cost.pretrain + cost.finetune + cost.compress
    const longestFirst = plans.toSorted((a, b) => total(b) - total(a))
    const all = await Promise.all(
      longestFirst.map(async (plan): Promise<[string, SizeResults]> => {
        const pretrain = await this.#do('pretrain', plan)
        const finetune = await this.#do('finetune', plan)
        const compress = await this.#do('compress', plan)
        return [plan.size.name, { pretrain, finetune, compress }]
      }),
    )
    return new Map(all)
  }

  async #do<K extends TaskKind>(kind: K, { size, steps }: Plan): Promise<ResultOf<K>> {
    const entry = this.#entries.get(`${kind} ${size.name}`)!
    const task: Task<K> = { kind, place: this.#place, model: size, steps, revision: this.#revision }
    const before = await finishedResult(task)
    const result =
      before ??
      ((await this.#pool.run(task, (done, note) => {
        entry.done = done
        this.#onProgress({ phase: 'running', kind, model: size.name, done, note, secondsLeft: this.#secondsLeft() })
      })) as ResultOf<K>)
    entry.done = 1
    this.#onProgress({ phase: 'finished', kind, model: size.name, cached: before !== undefined })
    return result
  }

  #secondsLeft(): number {
    let left = 0
    for (const { cost, done } of this.#entries.values()) left += cost * (1 - done)
    return left / this.#pool.processes
  }
}
