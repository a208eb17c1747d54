import type { Backend } from '@tlc/tensor'
import { conformance } from '@tlc/tensor/conformance'
import type { CasesReport, OnProgress } from './report.ts'

/** Thrown by a test that leaves itself out. */
class Skipped {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

interface Skippable {
  skip(reason: string): never
}

interface DeclaredCase {
  readonly name: string
  readonly body: (test: Skippable) => Promise<void>
}

const test: Skippable = {
  skip(reason) {
    throw new Skipped(reason)
  },
}

/** The conformance suite, as a list. */
function declared(open: () => Promise<Backend>): readonly DeclaredCase[] {
  const groups: string[] = []
  const cases: DeclaredCase[] = []
  conformance(
    {
      describe(name: string, body: () => void) {
        groups.push(name)
        body()
        groups.pop()
      },
      it: (name: string, body: DeclaredCase['body']) => cases.push({ name: [...groups, name].join(' '), body }),
    },
    open,
  )
  return cases
}

/**
 * Runs the cases of the conformance suite whose name matches, one after the other. A case that fails does not end it.
 *
 * @param open the backend that is tried; the suite closes it, if its last case is among those that match
 */
export async function checkCases(
  open: () => Promise<Backend>,
  matching: RegExp,
  onProgress: OnProgress,
): Promise<CasesReport> {
  const cases = declared(open).filter(({ name }) => matching.test(name))
  const report = {
    passed: 0,
    failures: [] as CasesReport['failures'][number][],
    skipped: [] as CasesReport['skipped'][number][],
  }
  for (const [place, { name, body }] of cases.entries()) {
    onProgress(place, cases.length, name)
    try {
      await body(test)
      report.passed++
    } catch (error) {
      if (error instanceof Skipped) report.skipped.push({ name, reason: error.reason })
      else report.failures.push({ name, problem: error instanceof Error ? error.message : String(error) })
    }
  }
  return report
}
