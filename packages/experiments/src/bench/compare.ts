import { isTime, type Unit } from './case.ts'
import { type Distribution, distributionOf } from './measure.ts'
import type { BenchmarkReport, MeasuredSubject } from './report.ts'
import type { Sample } from './turns.ts'

/** One figure of a run, whatever table it is in. */
export interface Figure {
  /** 'matmul', 'training step' */
  readonly group: string
  readonly row: string
  readonly column: string
  readonly subject: MeasuredSubject
  readonly value: Distribution
  readonly samples: readonly Sample[]
  readonly unit: Unit
}

/** Every figure of cases and training steps. */
export function figuresOf({ groups, steps, subjects }: BenchmarkReport): readonly Figure[] {
  const named = new Map(subjects.map((subject) => [subject.name, subject]))
  const ofGroups = groups.flatMap(({ name, unit, measurements }) =>
    measurements.flatMap(({ row, column, subject, figure, samples }): Figure[] =>
      figure ? [{ group: name, row, column, subject: named.get(subject)!, value: figure, samples, unit }] : [],
    ),
  )
  const ofSteps = steps.flatMap(({ model, subject, figures }): Figure[] => {
    if (!figures) return []
    const { gigaflops: value, samples } = figures
    const what = { group: 'training step', row: model.name, column: '' }
    return [{ ...what, subject: named.get(subject)!, value, samples, unit: 'GFLOP/s' }]
  })
  return [...ofGroups, ...ofSteps]
}

/** 'matmul [512, 512] · [512, 512] NN' */
export function cellOf({ group, row, column }: Figure): string {
  return `${group} ${row} ${column}`.trim()
}

/**
 * How many times as large one figure is as another: the ratio in each round in which both were measured. What changes
 * from round to round changes both; so a ratio of medians would tell less.
 *
 * @returns undefined if there is no such round
 */
export function ratioOf(samples: readonly Sample[], base: readonly Sample[]): Distribution | undefined {
  const bases = new Map(base)
  const ratios = samples.flatMap(([round, figure]) => (bases.has(round) ? [figure / bases.get(round)!] : []))
  return ratios.length > 0 ? distributionOf(ratios) : undefined
}

/** How many times as fast one is as another: a rate is larger, a time is smaller. */
export function speedupOf(unit: Unit, samples: readonly Sample[], base: readonly Sample[]): Distribution | undefined {
  return isTime(unit) ? ratioOf(base, samples) : ratioOf(samples, base)
}

/** The ways in which this project was run, that of its studies first: 'tlc', 'tlc, 128 bits'. */
export function setupsOf({ subjects }: Pick<BenchmarkReport, 'subjects'>): readonly string[] {
  return [...new Set(subjects.flatMap(({ setup, description }) => (setup !== null && description ? [setup] : [])))]
}

/** Ours and somebody else's, with as many threads, at the same thing. */
export interface Pair {
  readonly ours: Figure
  readonly theirs: Figure
  /** how many times as fast ours is */
  readonly ratio: Distribution
}

/** One of our setups beside everybody else. */
export function pairsOf(figures: readonly Figure[], setup: string): readonly Pair[] {
  const ours = new Map(
    figures
      .filter(({ subject }) => subject.setup === setup)
      .map((figure) => [`${cellOf(figure)} ${figure.subject.spec.threads}`, figure]),
  )
  return figures
    .filter(({ subject }) => subject.setup === null)
    .flatMap((theirs) => {
      const mine = ours.get(`${cellOf(theirs)} ${theirs.subject.spec.threads}`)
      const ratio = mine && speedupOf(theirs.unit, mine.samples, theirs.samples)
      return ratio ? [{ ours: mine, theirs, ratio }] : []
    })
}

/** Where somebody else is faster than our first setup, the worst first. */
export function lossesOf(report: BenchmarkReport): readonly Pair[] {
  return setupsOf(report)
    .slice(0, 1)
    .flatMap((setup) => pairsOf(figuresOf(report), setup))
    .filter(({ ratio }) => ratio.median < 1)
    .toSorted((a, b) => a.ratio.median - b.ratio.median)
}
