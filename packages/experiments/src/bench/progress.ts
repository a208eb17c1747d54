import { trainingFlops } from '@tlc/transformer'
import { formatSeconds } from '../quantities.ts'
import { type BenchmarkedModel, comparedModels, configOf } from './models.ts'
import type { Plan } from './plan.ts'
import { isOwn, type MeasuredSubject } from './report.ts'
import { setsOf } from './sets.ts'

/** Seconds of a case on a subject, roughly: only proportions matter once some are done. */
const secondsOfCase = 0.6

/** Seconds of all steps of a model on a subject, roughly. */
function secondsOfModel(model: BenchmarkedModel): number {
  return 5 + trainingFlops(configOf(model), model.batch, model.sizes.maxLength) / 1.5e9
}

/** Tells what comes next, and how long all will still take. */
export class Progress {
  readonly #tell: (what: string) => void
  readonly #costs: number[]
  readonly #total: number
  readonly #start = performance.now()
  #done = 0

  constructor(
    { groups, models }: Plan,
    subjects: readonly MeasuredSubject[],
    tell: (what: string) => void = () => undefined,
  ) {
    this.#tell = tell
    const all = subjects.filter(({ description }) => description)
    const own = all.filter(({ spec }) => isOwn(spec))
    const cases = groups.flatMap(({ cases, comparedBy }) =>
      setsOf(cases, comparedBy).map(
        (set) => secondsOfCase * sumOf(set, ({ call }) => (call ? all.length : own.length)),
      ),
    )
    const steps = setsOf(models, comparedModels).map((set) => own.length * sumOf(set, secondsOfModel))
    this.#costs = [...cases, ...steps]
    this.#total = sumOf(this.#costs, (cost) => cost)
  }

  /** The next set of cases or models of the plan, in its order. */
  begin(what: string): void {
    const elapsed = (performance.now() - this.#start) / 1000
    const left = (this.#total - this.#done) * (elapsed > 10 ? elapsed / this.#done : 1)
    this.#tell(`${what} · about ${formatSeconds(Math.max(1, left))} left`)
    this.#done += this.#costs.shift() ?? 0
  }
}

function sumOf<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((sum, each) => sum + of(each), 0)
}
