import type { Plan } from './plan.ts'
import type { StudyProgress } from './run-study.ts'
import { finishedResult, type Place, type ResultOf, type Task, type TaskKind } from './tasks.ts'
import { TimeLeft } from './time-left.ts'
import type { WorkerPool } from './worker-pool.ts'

/** What all tasks of one size found. */
export type SizeResults = { readonly [K in TaskKind]: ResultOf<K> }

/**
 * Does the tasks of all sizes: of one size one after the other, sizes side by side, the longest first so that no core is
 * left alone at the end.
 */
export class Progression {
  readonly #place: Place
  readonly #revision: string
  readonly #pool: WorkerPool
  readonly #onProgress: (progress: StudyProgress) => void

  constructor(place: Place, revision: string, pool: WorkerPool, onProgress: (progress: StudyProgress) => void) {
    this.#place = place
    this.#revision = revision
    this.#pool = pool
    this.#onProgress = onProgress
  }

  /** @returns results by the size's name */
  async run(plans: readonly Plan[]): Promise<Map<string, SizeResults>> {
    const left = new TimeLeft(plans, this.#pool.processes)
    const total = ({ cost }: Plan): number => cost.pretrain + cost.finetune + cost.compress
    const longestFirst = plans.toSorted((a, b) => total(b) - total(a))
    const all = await Promise.all(
      longestFirst.map(async (plan): Promise<[string, SizeResults]> => {
        const pretrain = await this.#do('pretrain', plan, left)
        const finetune = await this.#do('finetune', plan, left)
        const compress = await this.#do('compress', plan, left)
        return [plan.size.name, { pretrain, finetune, compress }]
      }),
    )
    return new Map(all)
  }

  async #do<K extends TaskKind>(kind: K, { size, steps }: Plan, left: TimeLeft): Promise<ResultOf<K>> {
    const model = size.name
    const task: Task<K> = { kind, place: this.#place, model: size, steps, revision: this.#revision }
    const before = await finishedResult(task)
    if (before === undefined) {
      await this.#pool.run(task, (done, note) => {
        left.reached(kind, model, done)
        this.#onProgress({ phase: 'running', kind, model, done, note, secondsLeft: left.seconds() })
      })
    }
    left.finished(kind, model)
    this.#onProgress({ phase: 'finished', kind, model, cached: before !== undefined })
    // What is in the run's directory is what the next time will find: both times the same, to the byte.
    return before ?? (await finishedResult(task))!
  }
}
