import { setupsOf } from './compare.ts'
import { deviceTargetRules } from './device-target-rules.ts'
import { type Entry, FiguresOfRun } from './figures-of-run.ts'
import type { Distribution } from './measure.ts'
import type { BenchmarkReport } from './report.ts'
import { type Rule, targetRules } from './target-rules.ts'

/** Something to reach, and how near a run came. */
export interface Target {
  readonly what: string
  readonly unit: string
  readonly reach: number
  /** of each of our setups; undefined where nothing was measured that counts */
  readonly results: readonly (TargetResult | undefined)[]
  /** by the first of our setups */
  readonly met: boolean
}

/** How near a setup came. */
export interface TargetResult {
  /** the worst of what counts */
  readonly worst: Distribution
  /** what that was, or what is compared */
  readonly where: string
  /** how many of how many reach it */
  readonly reached: number
  readonly count: number
}

/** Every target that a run says something about: its first setup at least. */
export function targetsOf(report: BenchmarkReport): readonly Target[] {
  const runs = setupsOf(report).map((setup) => new FiguresOfRun(report, setup))
  const rules = report.environment.adapter ? deviceTargetRules : targetRules
  return rules.flatMap((rule): Target[] => {
    const results = runs.map((run) => resultOf(rule, rule.entries(run)))
    const [first] = results
    if (!first) return []
    const { what, unit, reach } = rule
    return [{ what, unit, reach, results, met: first.reached === first.count }]
  })
}

function resultOf({ reach, most }: Rule, entries: readonly Entry[]): TargetResult | undefined {
  const goodness = ({ value }: Entry): number => (most ? -value.median : value.median)
  const [worst] = entries.toSorted((a, b) => goodness(a) - goodness(b))
  if (!worst) return undefined
  const reached = entries.filter(({ value }) => (most ? value.median <= reach : value.median >= reach)).length
  return { worst: worst.value, where: worst.where, reached, count: entries.length }
}
