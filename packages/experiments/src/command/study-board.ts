import { formatPercent, formatSeconds } from '../quantities.ts'
import type { StudyProgress } from '../study/run-study.ts'
import type { TaskKind } from '../study/tasks.ts'
import { bar } from './bar.ts'
import { describeData } from './describe-data.ts'
import type { Board } from './progress-display.ts'

/** A size, as far as it is known. */
interface Row {
  /** seconds planned for each task, in the order in which they are done */
  readonly cost: Readonly<Record<TaskKind, number>>
  /** shares from 0 to 1 */
  readonly done: Record<TaskKind, number>
  /** what it is at */
  at: string
}

const activities: { readonly [K in TaskKind]: string } = {
  pretrain: 'pretraining',
  finetune: 'fine-tuning',
  compress: 'compressing',
}
/** Knows from a study's progress where each size is, and says it for people. */
export class StudyBoard implements Board<StudyProgress> {
  readonly #rows = new Map<string, Row>()
  #preparing = 'looking for the texts'
  #secondsLeft: number | undefined

  /** @returns a remark, if something was finished that is worth one */
  hear(progress: StudyProgress): string | undefined {
    switch (progress.phase) {
      case 'data':
        this.#preparing = describeData(progress.data)
        return progress.data.phase === 'truncating' ? this.#preparing : undefined
      case 'calibrating':
        this.#preparing = `measuring the time of a training step of ${progress.model}`
        return
      case 'planned': {
        const { size, cost } = progress.plan
        this.#rows.set(size.name, { cost, done: { pretrain: 0, finetune: 0, compress: 0 }, at: 'waiting' })
        return
      }
      case 'running': {
        const { kind, model, done, note, secondsLeft } = progress
        const row = this.#rows.get(model)!
        row.done[kind] = done
        row.at = `${activities[kind]} ${formatPercent(done, 0)}, ${note}`
        this.#secondsLeft = secondsLeft
        return
      }
      case 'finished': {
        const { kind, model, cached } = progress
        const row = this.#rows.get(model)!
        row.done[kind] = 1
        row.at = kind === 'compress' ? 'done' : 'waiting'
        return `${model}: ${activities[kind]} done${cached ? ' before' : ''}`
      }
    }
  }

  /** Where the study is, in one line. */
  line(): string {
    if (this.#rows.size === 0) return this.#preparing
    const active = [...this.#rows].filter(([, { at }]) => at !== 'waiting' && at !== 'done')
    return [this.#total(), ...active.map(([name, { at }]) => `${name} ${at}`)].join(' | ')
  }

  /** Where the study is, with a line for each size. */
  lines(): string[] {
    if (this.#rows.size === 0) return [this.#preparing]
    const width = Math.max(...[...this.#rows.keys()].map(({ length }) => length))
    const sizes = [...this.#rows].map(([name, row]) => `${name.padEnd(width)}  ${bar(shareOf([row]))}  ${row.at}`)
    return [...sizes, `${'all'.padEnd(width)}  ${bar(this.#share())}  ${this.#total()}`]
  }

  #share(): number {
    return shareOf([...this.#rows.values()])
  }

  #total(): string {
    const left = this.#secondsLeft === undefined ? '' : `, ${formatSeconds(Math.max(1, this.#secondsLeft))} left`
    return `${formatPercent(this.#share(), 0)} done${left}`
  }
}

/** By planned time. */
function shareOf(rows: readonly Row[]): number {
  let planned = 0
  let done = 0
  for (const row of rows) {
    for (const kind of Object.keys(row.cost) as TaskKind[]) {
      planned += row.cost[kind]
      done += row.cost[kind] * row.done[kind]
    }
  }
  return done / planned
}
