import { type BenchmarkReport, isOwn, type MeasuredSubject } from './report.ts'

/** One figure of a run, larger is better, whatever table it is in. */
export interface Figure {
  /** 'matmul', 'training step' */
  readonly group: string
  readonly row: string
  readonly column: string
  readonly subject: MeasuredSubject
  readonly median: number
  readonly unit: string
}

/** Every figure of cases and training steps. */
export function figuresOf({ groups, steps, subjects }: BenchmarkReport): readonly Figure[] {
  const named = new Map(subjects.map((subject) => [subject.name, subject]))
  const ofGroups = groups.flatMap(({ name, unit, measurements }) =>
    measurements.flatMap(({ row, column, subject, figure }): Figure[] =>
      figure ? [{ group: name, row, column, subject: named.get(subject)!, median: figure.median, unit }] : [],
    ),
  )
  const ofSteps = steps.flatMap(({ model, subject, figures }): Figure[] => {
    const median = figures?.gigaflops.median
    if (median === undefined) return []
    return [
      { group: 'training step', row: model.name, column: '', subject: named.get(subject)!, median, unit: 'GFLOP/s' },
    ]
  })
  return [...ofGroups, ...ofSteps]
}

/** 'matmul [512, 512] · [512, 512] NN' */
export function cellOf({ group, row, column }: Figure): string {
  return `${group} ${row} ${column}`.trim()
}

/** This project where the run itself took place, with so many threads. */
export function isHome({ spec }: MeasuredSubject, threads: number): boolean {
  return isOwn(spec) && spec.node === undefined && spec.threads === threads
}

/** Ours and somebody else's, with as many threads, at the same thing. */
export interface Pair {
  readonly ours: Figure
  readonly theirs: Figure
  /** how many times as fast ours is */
  readonly ratio: number
}

export function pairsOf(report: BenchmarkReport): readonly Pair[] {
  const cells = new Map<string, Figure[]>()
  for (const figure of figuresOf(report)) {
    const cell = cellOf(figure)
    cells.set(cell, [...(cells.get(cell) ?? []), figure])
  }
  return [...cells.values()].flatMap((figures) =>
    figures
      .filter(({ subject }) => !isOwn(subject.spec))
      .flatMap((theirs) => {
        const ours = figures.find(({ subject }) => isHome(subject, theirs.subject.spec.threads))
        return ours ? [{ ours, theirs, ratio: ours.median / theirs.median }] : []
      }),
  )
}

/** Where somebody else is faster, the worst first. */
export function lossesOf(report: BenchmarkReport): readonly Pair[] {
  return pairsOf(report)
    .filter(({ ratio }) => ratio < 1)
    .toSorted((a, b) => a.ratio - b.ratio)
}
