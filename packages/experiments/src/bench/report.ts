import type { Check, Unit } from './case.ts'
import type { BenchmarkEnvironment, Duration } from './environment.ts'
import type { Distribution } from './measure.ts'
import type { BenchmarkedModel } from './models.ts'
import type { Description, DeviceWork, OwnFacts, SubjectSpec } from './subjects/subject.ts'
import type { Sample } from './turns.ts'

/** Everything a run of the benchmarks found: plain data, what the JSON file holds. */
export interface BenchmarkReport {
  /** version of this shape */
  readonly format: 3
  readonly environment: BenchmarkEnvironment
  readonly duration: Duration
  readonly subjects: readonly MeasuredSubject[]
  readonly groups: readonly MeasuredGroup[]
  readonly steps: readonly MeasuredStep[]
}

/** Who was asked. */
export interface MeasuredSubject {
  /** 'tlc ×2': what columns are headed with */
  readonly name: string
  /** of this project: what it is compared by, whatever its threads, 'tlc' or 'tlc, 128 bits'; null for others */
  readonly setup: string | null
  readonly spec: SubjectSpec
  /** null if it could not be opened */
  readonly description: Description | null
  /** why not */
  readonly note: string | null
}

/** A table of cases. */
export interface MeasuredGroup {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly measurements: readonly Measurement[]
}

/** One cell. */
export interface Measurement {
  readonly row: string
  readonly column: string
  readonly subject: string
  /** null if there was no result */
  readonly check: Check | null
  /** in the unit of the group; null if there was no result, or a wrong one, for what is wrong is not timed */
  readonly figure: Distribution | null
  /** what the figure is of; what was compared in a round was measured in it */
  readonly samples: readonly Sample[]
  /** why there is no result */
  readonly note: string | null
}

/** Training steps of a model. */
export interface MeasuredStep {
  readonly model: BenchmarkedModel
  readonly subject: string
  /** of this project: loss and gradients of a few tokens against float64; of others: losses against ours */
  readonly check: Check | null
  /** null if there was no result, or a wrong one */
  readonly figures: StepFigures | null
  readonly note: string | null
}

export interface StepFigures {
  readonly milliseconds: Distribution
  /** by the formula 6 (N - E) T + 6 V H M + 12 L S² H B */
  readonly flops: number
  readonly gigaflops: Distribution
  readonly tokensPerSecond: Distribution
  /** in GFLOP/s */
  readonly samples: readonly Sample[]
  readonly parameters: number
  /** the most memory of the whole process */
  readonly residentBytes: number
  readonly firstLoss: number
  readonly lastLoss: number
  /** null for others */
  readonly own: OwnFacts | null
  /** of one step on WebGPU; null, or missing in older files, elsewhere */
  readonly work?: DeviceWork | null
}

/** Where the time of a step went: shares that add up to 1. */
export interface StepShares {
  /** matmul and linear */
  readonly products: number
  /** attention and attentionGrad, products and softmax in one */
  readonly attention: number
  readonly otherKernels: number
  /** JavaScript: dispatch, tape, memory */
  readonly outsideKernels: number
}

const families: { readonly [op: string]: 'products' | 'attention' } = {
  matmul: 'products',
  linear: 'products',
  attention: 'attention',
  attentionGrad: 'attention',
}

export function sharesOf({ kernels, profiledMilliseconds }: OwnFacts): StepShares {
  const sums = { products: 0, attention: 0, otherKernels: 0 }
  for (const { op, milliseconds } of kernels)
    sums[families[op] ?? 'otherKernels'] += milliseconds / profiledMilliseconds
  return { ...sums, outsideKernels: 1 - sums.products - sums.attention - sums.otherKernels }
}

export function isOwn({ kind }: SubjectSpec): boolean {
  return kind === 'wasm' || kind === 'reference' || kind === 'webgpu'
}

/** What had a result and failed its check, by name. */
export function wrongOnes({ groups, steps }: BenchmarkReport): readonly { name: string; subject: string }[] {
  const ofGroups = groups.flatMap(({ name, measurements }) =>
    measurements
      .filter(({ check, figure }) => check && !figure)
      .map(({ row, column, subject }) => ({ name: `${name} ${row} ${column}`, subject })),
  )
  const ofSteps = steps
    .filter(({ check, figures }) => check && !figures)
    .map(({ model, subject }) => ({ name: `training step ${model.name}`, subject }))
  return [...ofGroups, ...ofSteps]
}

/** What this project computed wrong, or could not compute. */
export function failuresOf(report: BenchmarkReport): readonly string[] {
  const own = new Set(report.subjects.filter(({ spec }) => isOwn(spec)).map(({ name }) => name))
  const broken = report.groups.flatMap(({ name, measurements }) =>
    measurements
      .filter(({ subject, note }) => own.has(subject) && note)
      .map(({ row, column, subject, note }) => `${name} ${row} ${column} (${subject}: ${note})`),
  )
  const brokenSteps = report.steps
    .filter(({ subject, note }) => own.has(subject) && note)
    .map(({ model, subject, note }) => `training step ${model.name} (${subject}: ${note})`)
  const wrong = wrongOnes(report)
    .filter(({ subject }) => own.has(subject))
    .map(({ name, subject }) => `${name} (${subject})`)
  return [...wrong, ...broken, ...brokenSteps]
}
