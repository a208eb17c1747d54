import { join } from 'node:path'
import { writeFileAtomically } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { chooseDriver } from './choose-driver.ts'
import { Crew, introduce } from './crew.ts'
import { type BenchmarkEnvironment, describeEnvironment, startClock } from './environment.ts'
import { markdownOf } from './markdown.ts'
import { measureGroup } from './measure-group.ts'
import { measureSteps } from './measure-steps.ts'
import { comparedModels } from './models.ts'
import { namesOf, planOf } from './plan.ts'
import { Progress } from './progress.ts'
import { readReport } from './read-report.ts'
import {
  type BenchmarkReport,
  failuresOf,
  isOwn,
  type MeasuredGroup,
  type MeasuredStep,
  type MeasuredSubject,
} from './report.ts'
import { setsOf } from './sets.ts'
import { specsOf } from './specs.ts'
import type { Driver } from './subjects/subject.ts'
import { conclusionText, environmentText, groupText, stepsText } from './terminal.ts'

export interface BenchmarkOptions {
  /** version of @tlc/experiments */
  readonly version: string
  /** 'wasm' by default */
  readonly backend?: 'wasm' | 'reference' | 'webgpu'
  /** of WebGPU: the machine's own, or SwiftShader, which computes on processors; the first that works by default */
  readonly driver?: Driver
  /** of this project and of those others that have threads; one, and as many as there are cores, by default */
  readonly threads?: number
  /** on wasm: the build without relaxed SIMD */
  readonly strict?: boolean
  /** on wasm: whether to measure 256-bit vectors, too, as studies have them. True by default. */
  readonly wide?: boolean
  /** other executables of Node to run this project on, besides that of this process */
  readonly node?: readonly string[]
  /** whether to ask other libraries; they have to be installed. False by default. */
  readonly peers?: boolean
  /** a regular expression, in either letter case, that names like 'matmul [512, 512] · [512, 512] NN' must match */
  readonly only?: string
  /** few samples of small cases: to see within seconds that all works */
  readonly quick?: boolean
  /** in which everybody is asked by turns; 5 by default, 2 if quick */
  readonly rounds?: number
  /** a JSON file of an earlier run, to be shown and written again; nothing is measured */
  readonly from?: string
  /** a file for the report as JSON */
  readonly json?: string
  /** a file for the report as a page */
  readonly markdown?: string
  /** a directory for both: benchmarks.json, benchmarks.md, or benchmarks-webgpu.json, benchmarks-webgpu.md */
  readonly out?: string
  /** takes tables as they are finished */
  readonly print?: (text: string) => void
  /** hears what is measured next, and how long all will still take */
  readonly progress?: (what: string) => void
}

export interface BenchmarkOutcome {
  readonly report: BenchmarkReport
  /** cases that this project got wrong, by name; they were not timed */
  readonly failures: readonly string[]
}

/**
 * Checks and times the framework and its peers, prints tables, and writes files if asked to.
 *
 * @throws UserError for options that select nothing, before anything is measured, and for files that cannot be read or
 *   written
 */
export async function runBenchmarks(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const print = options.print ?? (() => undefined)
  const report = options.from === undefined ? await measure(options, print) : await readReport(options.from)
  if (options.from !== undefined) {
    print(environmentText(report))
    for (const group of report.groups) print(groupText(group, report.subjects))
    print(stepsText(report))
  }
  print(conclusionText(report))
  await write(report, options)
  return { report, failures: failuresOf(report) }
}

async function measure(options: BenchmarkOptions, print: (text: string) => void): Promise<BenchmarkReport> {
  const { quick = false, rounds, only, version, backend } = options
  const plan = planOf(quick, only, backend)
  const driver = backend === 'webgpu' ? await chooseDriver(options.driver) : undefined
  const before = describeEnvironment(quick, version)
  const clock = startClock()
  const subjects = await introduce(specsOf(options, driver))
  const environment = withAdapter(before, subjects)
  if (!subjects.some(({ spec, description }) => isOwn(spec) && description)) {
    throw new UserError(subjects.map(({ name, note }) => `bench: ${name} cannot be opened: ${note}`).join('\n'))
  }
  print(environmentText({ environment, subjects }))
  const progress = new Progress(plan, subjects, options.progress)
  const groups: MeasuredGroup[] = []
  {
    using crew = new Crew(subjects)
    for (const group of plan.groups) {
      const { name, title, unit } = group
      const measurements = await measureGroup(group, crew, { quick, rounds }, (set) =>
        progress.begin(namesOf(group, set)),
      )
      groups.push({ name, title, unit, measurements })
      print(groupText(groups.at(-1)!, subjects))
    }
  }
  const measured: MeasuredStep[] = []
  for (const set of setsOf(plan.models, comparedModels)) {
    progress.begin(`training step ${set.map(({ name }) => name).join(' and ')}`)
    measured.push(...(await measureSteps(set, subjects, { quick, rounds })))
  }
  const steps = plan.models.flatMap(({ name }) => measured.filter(({ model }) => model.name === name))
  print(stepsText({ steps, subjects }))
  return rounded({ format: 3, environment, duration: clock(), subjects: subjects.map(withoutPath), groups, steps })
}

/** @throws Error where subjects compute on several adapters, which compares the adapters */
function withAdapter(environment: BenchmarkEnvironment, subjects: readonly MeasuredSubject[]): BenchmarkEnvironment {
  const adapters = subjects.flatMap(({ description }) => description?.adapter ?? [])
  const [adapter] = adapters
  const names = [...new Set(adapters.map(({ name }) => name))]
  if (names.length > 1) throw new Error(`bench: subjects were given several adapters: ${names.join('; ')}`)
  return adapter ? { ...environment, adapter } : environment
}

/** Where an executable lies is nobody's business; the name of the subject tells its version. */
function withoutPath({ spec: { node: _, ...spec }, ...subject }: MeasuredSubject): MeasuredSubject {
  return { ...subject, spec }
}

/** Every number to five digits, so that what is shown now and from the file is the same, and the file small. */
function rounded(report: BenchmarkReport): BenchmarkReport {
  const round = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
  return JSON.parse(JSON.stringify(report, round))
}

async function write(report: BenchmarkReport, { json, markdown, out }: BenchmarkOptions): Promise<void> {
  const name = report.environment.adapter ? 'benchmarks-webgpu' : 'benchmarks'
  const jsonFiles = [json, out && join(out, `${name}.json`)]
  const pages = [markdown, out && join(out, `${name}.md`)]
  for (const file of jsonFiles) if (file) await writeFileAtomically(file, `${JSON.stringify(report)}\n`)
  for (const file of pages) if (file) await writeFileAtomically(file, markdownOf(report))
}
