import { formatSeconds } from '../quantities.ts'
import type { Plan } from './plan.ts'

/** Seconds of a subject, roughly: only their proportion matters once some are done. */
const secondsOfCase = 0.8
const secondsOfModel = 15

/** Tells what comes next, and how long all will still take. */
export class Progress {
  readonly #tell: (what: string) => void
  readonly #costs: number[]
  readonly #total: number
  readonly #start = performance.now()
  #done = 0

  constructor({ groups, models }: Plan, subjects: number, tell: (what: string) => void = () => undefined) {
    this.#tell = tell
    const cases = groups.flatMap((group) => group.cases.map(() => subjects * secondsOfCase))
    this.#costs = [...cases, ...models.map(() => subjects * secondsOfModel)]
    this.#total = this.#costs.reduce((sum, cost) => sum + cost, 0)
  }

  /** The next case or model of the plan, in its order. */
  begin(what: string): void {
    const elapsed = (performance.now() - this.#start) / 1000
    const left = (this.#total - this.#done) * (elapsed > 10 ? elapsed / this.#done : 1)
    this.#tell(`${what} · about ${formatSeconds(Math.max(1, left))} left`)
    this.#done += this.#costs.shift() ?? 0
  }
}
