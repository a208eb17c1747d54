import { join } from 'node:path'
import { openBackend, useBackend } from '@tlc/tensor'
import { writeFileAtomically } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { describeEnvironment, startClock } from './environment.ts'
import { markdownOf } from './markdown.ts'
import { hasty, thorough } from './measure.ts'
import { measureGroup, type Subject } from './measure-group.ts'
import { planOf } from './plan.ts'
import { readReport } from './read-report.ts'
import { type BenchmarkReport, failuresOf, type MeasuredGroup, type MeasuredStep } from './report.ts'
import { conclusionText, environmentText, groupText, stepsText } from './terminal.ts'
import { measureStep } from './training-step.ts'

export interface BenchmarkOptions {
  /** version of @tlc/experiments */
  readonly version: string
  /** 'wasm' by default */
  readonly backend?: 'wasm' | 'reference'
  /** 1 by default */
  readonly threads?: number
  /** on wasm: the build without relaxed SIMD */
  readonly strict?: boolean
  /** a regular expression, in either letter case, that names like 'matmul [512, 512] · [512, 512] NN' must match */
  readonly only?: string
  /** few samples of small cases: to see within seconds that all works */
  readonly quick?: boolean
  /** a JSON file of an earlier run, to be shown and written again; nothing is measured */
  readonly from?: string
  /** a file for the report as JSON */
  readonly json?: string
  /** a file for the report as a page */
  readonly markdown?: string
  /** a directory for both: benchmarks.json, benchmarks.md */
  readonly out?: string
  /** takes tables as they are finished */
  readonly print?: (text: string) => void
  /** hears what is measured next */
  readonly progress?: (what: string) => void
}

export interface BenchmarkOutcome {
  readonly report: BenchmarkReport
  /** cases with wrong results, by name; they were not timed */
  readonly failures: readonly string[]
}

/**
 * Checks and times the framework, prints tables, and writes files if asked to.
 *
 * @throws UserError for options that select nothing, before anything is measured, and for files that cannot be read or
 *   written
 */
export async function runBenchmarks(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const print = options.print ?? (() => undefined)
  const report = options.from === undefined ? await measure(options, print) : await readReport(options.from)
  if (options.from !== undefined) {
    print(environmentText(report.environment))
    for (const group of report.groups) print(groupText(group))
    print(stepsText(report.steps))
  }
  print(conclusionText(report))
  await write(report, options)
  return { report, failures: failuresOf(report) }
}

async function measure(options: BenchmarkOptions, print: (text: string) => void): Promise<BenchmarkReport> {
  const { backend: name = 'wasm', threads = 1, strict = false, quick = false, only, version } = options
  const plan = planOf(quick, only)
  const backend = await openBackend(name, name === 'wasm' ? { threads, strict } : {}).catch((cause: Error) => {
    throw new UserError(cause.message, { cause })
  })
  useBackend(backend)
  const environment = describeEnvironment(backend, threads, quick, version)
  print(environmentText(environment))
  const subject: Subject = {
    name: environment.build ? `${name} ${environment.build}` : name,
    backend,
    patience: quick ? hasty : thorough,
    progress: options.progress ?? (() => undefined),
  }
  const clock = startClock()
  const groups: MeasuredGroup[] = []
  const steps: MeasuredStep[] = []
  try {
    for (const group of plan.groups) {
      groups.push(await measureGroup(group, subject))
      print(groupText(groups.at(-1)!))
    }
    for (const model of plan.models) steps.push(await measureStep(model, subject))
    print(stepsText(steps))
  } finally {
    await backend.close()
  }
  return { format: 1, environment, duration: clock(), groups, steps }
}

async function write(report: BenchmarkReport, { json, markdown, out }: BenchmarkOptions): Promise<void> {
  const jsonFiles = [json, out && join(out, 'benchmarks.json')]
  const pages = [markdown, out && join(out, 'benchmarks.md')]
  for (const file of jsonFiles) if (file) await writeFileAtomically(file, `${JSON.stringify(report, null, 2)}\n`)
  for (const file of pages) if (file) await writeFileAtomically(file, markdownOf(report))
}
