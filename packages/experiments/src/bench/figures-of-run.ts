import { cellOf, type Figure, figuresOf, type Pair, pairsOf, ratioOf } from './compare.ts'
import { type Distribution, distributionOf } from './measure.ts'
import type { BenchmarkReport, MeasuredStep } from './report.ts'
import type { SubjectKind } from './subjects/subject.ts'

/** A figure that counts for a target. */
export interface Entry {
  readonly value: Distribution
  readonly where: string
}

/** A figure that was not measured many times. */
export function once(value: number, where: string): Entry {
  return { value: distributionOf([value]), where }
}

/** The figures of a run, as one of our setups sees them: to be looked up. */
export class FiguresOfRun {
  /** as many as this setup was run with */
  readonly threads: number
  /** this setup beside the others */
  readonly pairs: readonly Pair[]
  readonly #ours: readonly Figure[]
  readonly #others: readonly Figure[]
  readonly #report: BenchmarkReport

  constructor(report: BenchmarkReport, setup: string) {
    const figures = figuresOf(report)
    this.#report = report
    this.pairs = pairsOf(figures, setup)
    this.#ours = figures.filter(({ subject }) => subject.setup === setup)
    this.#others = figures.filter(({ subject }) => subject.setup === null)
    this.threads = Math.max(1, ...this.#ours.map(({ subject }) => subject.spec.threads))
  }

  /** Ours, of some groups. */
  ours(threads: number, ...groups: readonly string[]): readonly Figure[] {
    return this.#ours.filter(({ group, subject }) => groups.includes(group) && subject.spec.threads === threads)
  }

  /** Training steps of others. */
  stepsOf(kind: string): readonly Figure[] {
    return this.#others.filter(({ group, subject }) => group === 'training step' && subject.spec.kind === kind)
  }

  /** Our training steps on all threads. */
  ownSteps(): readonly MeasuredStep[] {
    const names = new Set(this.ours(this.threads, 'training step').map(({ subject }) => subject.name))
    return this.#report.steps.filter(({ subject, figures }) => figures && names.has(subject))
  }
}

/** Figures as they are. */
export function absolute(figures: readonly Figure[]): readonly Entry[] {
  return figures.map((figure) => ({ value: figure.value, where: cellOf(figure) }))
}

/** Ours against the best of some others with as many threads, cell by cell. */
export function againstBest(
  { pairs }: FiguresOfRun,
  others: readonly SubjectKind[],
  cells: (figure: Figure) => boolean,
): readonly Entry[] {
  const worst = new Map<string, Entry>()
  for (const { ours, theirs, ratio } of pairs) {
    if (!others.includes(theirs.subject.spec.kind) || !cells(ours)) continue
    const cell = `${cellOf(ours)}${ours.subject.spec.threads}`
    if (ratio.median < (worst.get(cell)?.value.median ?? Number.POSITIVE_INFINITY)) {
      worst.set(cell, { value: ratio, where: `${cellOf(ours)}, against ${theirs.subject.name}` })
    }
  }
  return [...worst.values()]
}

/** Ratios of some figures, each to another one that is found for it. */
export function ratios(
  figures: readonly Figure[],
  bases: readonly Figure[],
  isBase: (figure: Figure, candidate: Figure) => boolean,
): readonly Entry[] {
  return figures.flatMap((figure) => {
    const base = bases.find((candidate) => isBase(figure, candidate))
    const value = base && ratioOf(figure.samples, base.samples)
    return value ? [{ value, where: cellOf(figure) }] : []
  })
}
