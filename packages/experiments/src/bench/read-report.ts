import { readFile } from 'node:fs/promises'
import { UserError } from '../user-error.ts'
import type { BenchmarkReport } from './report.ts'

/**
 * The report of an earlier run.
 *
 * @throws UserError if the file cannot be read, or holds something else
 */
export async function readReport(path: string): Promise<BenchmarkReport> {
  const help = 'give a file that tlc bench --json wrote'
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new UserError(`bench: cannot read ${path} (${cause.message}); ${help}`, { cause })
  })
  let report: Partial<BenchmarkReport> | null
  try {
    report = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`bench: ${path} is not JSON (${(cause as Error).message}); ${help}`, { cause })
  }
  if (
    report?.format !== 3 ||
    !report.environment ||
    !report.duration ||
    !Array.isArray(report.subjects) ||
    !Array.isArray(report.groups) ||
    !Array.isArray(report.steps)
  ) {
    const given = typeof report?.format === 'number' ? ` (its format is ${report.format}: measure again)` : ''
    throw new UserError(`bench: ${path} is no report of benchmarks in format 3${given}; ${help}`)
  }
  return report as BenchmarkReport
}
