import type { Backend } from '@tlc/tensor'
import { type Case, type Group, type Unit, units } from './case.ts'
import { distributionOf, type Patience, secondsOf } from './measure.ts'
import type { MeasuredGroup, Measurement } from './report.ts'

/** What cases are run on, and for how long. */
export interface Subject {
  readonly name: string
  readonly backend: Backend
  readonly patience: Patience
  /** hears what comes next */
  readonly progress: (what: string) => void
}

/** Checks every case of a group, and times those that are right. */
export async function measureGroup(group: Group, subject: Subject): Promise<MeasuredGroup> {
  const { name, title, unit, columns, cases } = group
  const measurements: Measurement[] = []
  for (const each of cases) {
    subject.progress(`${name} ${each.row} ${each.column}`)
    measurements.push(await measureCase(each, unit, subject))
  }
  return { name, title, unit, columns, measurements }
}

async function measureCase(
  { row, column, work, target, prepare }: Case,
  unit: Unit,
  { name, backend, patience }: Subject,
): Promise<Measurement> {
  using prepared = await prepare(backend)
  const { check, run } = prepared
  // Written so that NaN fails.
  const isRight = check.error <= check.tolerance
  const figure = isRight ? distributionOf(secondsOf(run, patience).map((seconds) => units[unit](work, seconds))) : null
  return { row, column, subject: name, check, figure, ...(target !== undefined && { target }) }
}
