import { formatCount, formatPercent, formatSeconds } from '../quantities.ts'
import type { Measures, TaskProgress } from '../tasks/task.ts'
import { bar } from './bar.ts'
import { describeData } from './describe-data.ts'
import type { Board } from './progress-display.ts'

/** What is kept in view of a training's evaluations. */
const evaluationsShown = 5

/** Knows from a task's progress where it is, and says it for people. */
export class TaskBoard implements Board<TaskProgress> {
  #line: string
  #bar = ''
  /** which step of a recipe it is in, if there is one */
  #part = ''
  readonly #notes: string[] = []
  #evaluations: readonly string[] = []

  /** @param beginning what to say before there is progress */
  constructor(beginning: string) {
    this.#line = beginning
  }

  /** @returns a remark, if something happened that is worth one */
  hear(progress: TaskProgress): string | undefined {
    switch (progress.phase) {
      case 'data':
        this.#line = describeData(progress.data)
        return
      case 'recipe':
        this.#part = `${progress.step} (${progress.index + 1} of ${progress.of})`
        this.#line = ''
        this.#bar = ''
        return
      case 'measuring':
        this.#line = 'measuring the time of a training step'
        return
      case 'training':
        this.#line = describeStep(progress)
        this.#bar = `${bar(progress.step / progress.steps)}  `
        return
      case 'working':
        this.#line = `${progress.what}: ${formatPercent(progress.done / progress.of, 0)} of ${progress.of}`
        this.#bar = `${bar(progress.done / progress.of)}  `
        return
      case 'evaluated': {
        const remark = `step ${progress.step}: ${formatMeasures(progress.measures)}`
        this.#evaluations = [...this.#evaluations, remark].slice(-evaluationsShown)
        return remark
      }
      case 'note':
        this.#notes.push(progress.message)
        return progress.message
    }
  }

  line(): string {
    return [this.#part, this.#line].filter(Boolean).join(': ')
  }

  lines(): string[] {
    return [...this.#notes, ...this.#evaluations, `${this.#bar}${this.line()}`]
  }
}

type Step = Extract<TaskProgress, { phase: 'training' }>

function describeStep({ step, steps, loss, tokensPerSecond, secondsLeft }: Step): string {
  const pace = tokensPerSecond === null ? '' : `, ${formatCount(tokensPerSecond)} tokens/s`
  const left = secondsLeft === null ? '' : `, ${formatSeconds(Math.max(1, secondsLeft))} left`
  return `step ${step} of ${steps}, loss ${loss.toFixed(3)}${pace}${left}`
}

/** 'loss 2.31, accuracy 84.3%': each measure as its name asks for. */
export function formatMeasures(measures: Measures): string {
  const words = Object.entries(measures).map(([name, value]) => `${spaced(name)} ${formatMeasure(name, value)}`)
  return words.join(', ')
}

const shares: readonly string[] = ['accuracy', 'macroF1']

function formatMeasure(name: string, value: number): string {
  if (shares.includes(name)) return formatPercent(value)
  return Number.isInteger(value) ? String(value) : value.toPrecision(4)
}

/** 'maskedTokens' as 'masked tokens' */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
