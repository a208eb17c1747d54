/**
 * Prints the sums of a vitest JSON report, `N passed, N failed[, N skipped]`, as the last line of `.ci/run`.
 *
 * Usage: `node test-summary.mjs REPORT STATUS`, STATUS being the exit code of what wrote the report.
 * Exits with 0 only if STATUS is 0, at least one test passed and none failed.
 * Plain JavaScript, because it has to say what went wrong even where nothing could be installed.
 */
import { existsSync, readFileSync } from 'node:fs'

const [file = '', status = '1'] = process.argv.slice(2)

/** A file that could not be loaded has no tests to count: it counts as one that failed. */
const failedToLoad = ({ status, assertionResults }) =>
  status === 'failed' && !assertionResults.some((test) => test.status === 'failed')

function sums() {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(failedToLoad).length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

const { passed, failed, skipped } = sums()
if (status !== '0') console.error(`A step above failed with exit code ${status}.`)
if (passed + failed === 0) console.error('No test ran.')
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
process.exitCode = status === '0' && passed > 0 && failed === 0 ? 0 : 1
