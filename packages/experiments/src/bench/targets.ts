import { FiguresOfRun } from './figures-of-run.ts'
import type { BenchmarkReport } from './report.ts'
import { targetRules } from './target-rules.ts'

/** Something to reach, and how near a run came. */
export interface Target {
  readonly what: string
  readonly unit: string
  readonly reach: number
  /** the worst of what counts */
  readonly worst: number
  /** what that was, or what is compared */
  readonly where: string
  /** how many of how many reach it */
  readonly reached: number
  readonly count: number
  readonly met: boolean
}

/** Every target that a run says something about. */
export function targetsOf(report: BenchmarkReport): readonly Target[] {
  const run = new FiguresOfRun(report)
  return targetRules.flatMap(({ what, unit, reach, most, entries }): Target[] => {
    const found = entries(run).toSorted((a, b) => (most ? b.value - a.value : a.value - b.value))
    const [worst] = found
    if (!worst) return []
    const reached = found.filter(({ value }) => (most ? value <= reach : value >= reach)).length
    const count = found.length
    return [{ what, unit, reach, worst: worst.value, where: worst.where, reached, count, met: reached === count }]
  })
}
