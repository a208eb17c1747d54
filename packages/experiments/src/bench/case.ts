import type { Backend, Shape } from '@tlc/tensor'

export type Unit = 'GFLOP/s' | 'GB/s' | 'µs' | 'ms'

/** How a figure follows from the work of a call, in operations, bytes or calls, and its seconds. */
export const units: { readonly [U in Unit]: (work: number, seconds: number) => number } = {
  'GFLOP/s': (operations, seconds) => operations / seconds / 1e9,
  'GB/s': (bytes, seconds) => bytes / seconds / 1e9,
  µs: (calls, seconds) => (seconds / calls) * 1e6,
  ms: (calls, seconds) => (seconds / calls) * 1e3,
}

/** Of times less is better, of rates more. */
export function isTime(unit: Unit): boolean {
  return unit === 'µs' || unit === 'ms'
}

/** How far a result is from the truth, in the measure that its tolerance is given in. */
export interface Check {
  readonly error: number
  readonly tolerance: number
}

/** Written so that NaN fails. */
export function isRight({ error, tolerance }: Check): boolean {
  return error <= tolerance
}

export type Results = readonly ArrayLike<number>[]

/** A case that is ready to be computed, again and again. */
export interface Runnable extends Disposable {
  /** Computes it once, and reads what comes out. */
  results(): Promise<Results>
  /** Computes it once; a promise if whoever computes it works on its own. */
  run(): void | Promise<void>
  /** Where a device computes later: resolves when it has computed all that was run. */
  finish?(): Promise<void>
}

/** Numbers outside of any backend. */
export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array | Int32Array
}

/** An operation and what it is called with: all that anybody needs to compute the same. */
export interface Call {
  readonly op: string
  readonly parameters: object
  readonly inputs: readonly HostTensor[]
}

/** A call that is made for those who can do the operation. */
export interface PlannedCall {
  readonly op: string
  readonly make: () => Promise<Omit<Call, 'op'>>
}

/** One cell of a table: something to check, then to time. */
export interface Case {
  /** what it works on: the row of the table */
  readonly row: string
  /** which variant of it */
  readonly column: string
  /** operations, bytes or calls of one run, as the unit of the group counts */
  readonly work: number
  /** milliseconds of runs before the first that counts; 60 where left out, which kernels are compiled in */
  readonly warmUp?: number
  /** to time until `run` returns, and not until a device has computed it */
  readonly withoutDevice?: true
  /** Makes inputs on a backend of this project. */
  prepare(backend: Backend): Promise<Runnable>
  /** The same for other libraries; what only this project can be asked has none. */
  readonly call?: PlannedCall
  /** Computes the truth, and tells how far results are from it. Others may give the first results only. */
  verifier(): Promise<(results: Results) => Check>
}

/** A table of cases. */
export interface Group {
  readonly name: string
  /** what is measured, and how it is counted */
  readonly title: string
  readonly unit: Unit
  readonly cases: readonly Case[]
  /** Cases with a key in common are compared with each other, and measured by turns. */
  readonly comparedBy?: (each: Case) => readonly string[]
}

/** A prime, so that no two rows of a matrix are equal. */
const period = 65521

/** Numbers in -1..1, the same every time; without a pattern, but for a long period: millions of sines take a second. */
export function numbers(size: number, seed: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(size)
  for (let i = 0; i < Math.min(size, period); i++) all[i] = Math.sin(seed + 1.7 * i + (i % 13) ** 2)
  for (let filled = period; filled < size; filled += period) all.copyWithin(filled, 0, period)
  return all
}
