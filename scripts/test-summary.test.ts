import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const script = fileURLToPath(new URL('./test-summary.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'test-summary-'))
afterAll(() => rmSync(folder, { recursive: true }))

const counts = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

/** The last line that the script prints, and its exit code, for a report (or none) and the status of the steps before. */
function summary(report: object | undefined, status = 0): readonly [line: string, code: number | null] {
  const file = join(folder, report ? 'report.json' : 'absent.json')
  if (report) writeFileSync(file, JSON.stringify(report))
  const { stdout, status: code } = spawnSync(process.execPath, [script, file, String(status)], { encoding: 'utf8' })
  return [stdout, code]
}

test('all tests passed: their number, exit code 0', () => {
  expect(summary(counts)).toEqual(['3 passed, 0 failed\n', 0])
})

test('skipped and planned tests are named, and do not fail', () => {
  expect(summary({ ...counts, numPendingTests: 2, numTodoTests: 1 })).toEqual(['3 passed, 0 failed, 3 skipped\n', 0])
})

test('a failed test fails', () => {
  expect(summary({ ...counts, numFailedTests: 1 }, 1)).toEqual(['3 passed, 1 failed\n', 1])
})

test('a failed test fails even if the status before got lost', () => {
  expect(summary({ ...counts, numFailedTests: 1 }, 0)).toEqual(['3 passed, 1 failed\n', 1])
})

test('a test file that could not be loaded counts as failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ]
  expect(summary({ ...counts, testResults }, 1)).toEqual(['3 passed, 1 failed\n', 1])
})

test('a step that failed beside the tests fails', () => {
  expect(summary(counts, 2)).toEqual(['3 passed, 0 failed\n', 1])
})

test('no test ran: fails, with a report and without', () => {
  expect(summary({ ...counts, numPassedTests: 0 })).toEqual(['0 passed, 0 failed\n', 1])
  expect(summary(undefined)).toEqual(['0 passed, 0 failed\n', 1])
})
