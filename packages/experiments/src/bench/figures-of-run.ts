import { cellOf, type Figure, figuresOf, isHome } from './compare.ts'
import type { BenchmarkReport } from './report.ts'

/** A figure that counts for a target. */
export interface Entry {
  readonly value: number
  readonly where: string
}

/** The figures of a run, to be looked up. */
export class FiguresOfRun {
  readonly report: BenchmarkReport
  readonly figures: readonly Figure[]
  /** as many as this project was run with */
  readonly threads: number

  constructor(report: BenchmarkReport) {
    this.report = report
    this.figures = figuresOf(report)
    const home = this.figures.map(({ subject }) => subject).filter((subject) => isHome(subject, subject.spec.threads))
    this.threads = Math.max(1, ...home.map(({ spec }) => spec.threads))
  }

  /** Ours, of some groups. */
  ours(threads: number, ...groups: readonly string[]): readonly Figure[] {
    return this.figures.filter(({ group, subject }) => groups.includes(group) && isHome(subject, threads))
  }

  /** Ratios of ours on one thread: each of some cells to one that is found for it. */
  ratios(cells: (figure: Figure) => boolean, other: (cell: Figure, candidate: Figure) => boolean): readonly Entry[] {
    const mine = this.figures.filter(({ subject }) => isHome(subject, 1))
    return mine.filter(cells).flatMap((figure) => {
      const base = mine.find((candidate) => candidate.group === figure.group && other(figure, candidate))
      return base ? [{ value: figure.median / base.median, where: cellOf(figure) }] : []
    })
  }
}
