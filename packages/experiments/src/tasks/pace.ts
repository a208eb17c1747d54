/** Of the past, how much the pace is told by. */
const windowSeconds = 20

interface Mark {
  readonly at: number
  readonly step: number
  readonly tokens: number
}

/** How fast a training goes, by the steps of the last seconds, evaluations and checkpoints between them included. */
export class Pace {
  readonly #now: () => number
  readonly #marks: Mark[] = []

  /** @param now seconds, of any clock that only goes forward */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now
  }

  /** So many steps are done, the last of them with so many tokens. */
  reached(step: number, tokens: number): void {
    const at = this.#now()
    const marks = this.#marks
    marks.push({ at, step, tokens: (marks.at(-1)?.tokens ?? 0) + tokens })
    while (marks.length > 2 && marks[1]!.at < at - windowSeconds) marks.shift()
  }

  /** null until two steps are done */
  get tokensPerSecond(): number | null {
    return this.#perSecond(({ tokens }) => tokens)
  }

  /** of the steps up to `steps`; null until two steps are done */
  secondsLeft(steps: number): number | null {
    const perSecond = this.#perSecond(({ step }) => step)
    return perSecond === null ? null : (steps - this.#marks.at(-1)!.step) / perSecond
  }

  #perSecond(measure: (mark: Mark) => number): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)]
    if (!first || !last || last.at <= first.at) return null
    return (measure(last) - measure(first)) / (last.at - first.at)
  }
}
