import type { KernelProfile } from '@tlc/tensor'
import type { Check, Unit } from './case.ts'
import type { BenchmarkEnvironment, Duration } from './environment.ts'
import type { Distribution } from './measure.ts'
import type { BenchmarkedModel } from './models.ts'

/** Everything a run of the benchmarks found: plain data, what the JSON file holds. */
export interface BenchmarkReport {
  /** version of this shape */
  readonly format: 1
  readonly environment: BenchmarkEnvironment
  readonly duration: Duration
  readonly groups: readonly MeasuredGroup[]
  readonly steps: readonly MeasuredStep[]
}

/** A table: for each row and subject, a figure in some of the columns. */
export interface MeasuredGroup {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly columns: readonly string[]
  readonly measurements: readonly Measurement[]
}

/** One cell. */
export interface Measurement {
  readonly row: string
  /** what was measured: a backend and its build */
  readonly subject: string
  readonly column: string
  readonly check: Check
  /** in the unit of the group; null if it failed its check, for what is wrong is not timed */
  readonly figure: Distribution | null
  readonly target?: number
}

/** Training steps of a model. */
export interface MeasuredStep {
  readonly model: BenchmarkedModel
  readonly subject: string
  /** loss and gradients of a few tokens against float64 */
  readonly check: Check
  /** null if it failed its check */
  readonly figures: StepFigures | null
}

export interface StepFigures {
  readonly milliseconds: Distribution
  /** by the formula 6 (N - E) T + 6 V H M + 12 L S² H B */
  readonly flops: number
  readonly gigaflops: Distribution
  readonly tokensPerSecond: Distribution
  /** of one step while kernels were being timed, in milliseconds */
  readonly profiledMilliseconds: number
  /** of one step, the slowest kernel first */
  readonly kernels: readonly KernelProfile[]
  readonly parameters: number
  /** the most alive at once on the backend, between the steps and in them */
  readonly peakBytes: number
  readonly firstLoss: number
  readonly lastLoss: number
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

export function sharesOf({ kernels, profiledMilliseconds }: StepFigures): StepShares {
  const sums = { products: 0, attention: 0, otherKernels: 0 }
  for (const { op, milliseconds } of kernels)
    sums[families[op] ?? 'otherKernels'] += milliseconds / profiledMilliseconds
  return { ...sums, outsideKernels: 1 - sums.products - sums.attention - sums.otherKernels }
}

/** A figure that should have reached a value. */
export interface Target {
  readonly what: string
  readonly wanted: number
  readonly measured: number
  readonly unit: string
  readonly met: boolean
}

/** Every target of a report. What was not timed because it is wrong has missed its target. */
export function targetsOf({ groups, steps }: BenchmarkReport): readonly Target[] {
  const target = (what: string, wanted: number, measured: number, unit: string): Target => {
    const met = unit === 'µs' ? measured <= wanted : measured >= wanted
    return { what, wanted, measured, unit, met }
  }
  const ofGroups = groups.flatMap(({ name, unit, measurements }) =>
    measurements.flatMap(({ row, column, target: wanted, figure }) =>
      wanted === undefined ? [] : [target(`${name} ${row} ${column}`, wanted, figure?.median ?? Number.NaN, unit)],
    ),
  )
  const ofSteps = steps.flatMap(({ model, figures }) => {
    if (!model.targets) return []
    const { gigaflops, productShare } = model.targets
    const share = figures ? sharesOf(figures).products : Number.NaN
    return [
      target(`training step of ${model.name}`, gigaflops, figures?.gigaflops.median ?? Number.NaN, 'GFLOP/s'),
      target(`training step of ${model.name}: time in matmul and linear`, 100 * productShare, 100 * share, '%'),
    ]
  })
  return [...ofGroups, ...ofSteps]
}

/** What failed its check, by name. */
export function failuresOf({ groups, steps }: BenchmarkReport): readonly string[] {
  const ofGroups = groups.flatMap(({ name, measurements }) =>
    measurements.filter(({ figure }) => !figure).map(({ row, column }) => `${name} ${row} ${column}`),
  )
  const ofSteps = steps.filter(({ figures }) => !figures).map(({ model }) => `training step of ${model.name}`)
  return [...ofGroups, ...ofSteps]
}
