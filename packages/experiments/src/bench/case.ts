import type { Backend } from '@tlc/tensor'

export type Unit = 'GFLOP/s' | 'GB/s' | 'µs'

/** How a figure follows from the work of a call, in operations, bytes or calls, and its seconds. */
export const units: { readonly [U in Unit]: (work: number, seconds: number) => number } = {
  'GFLOP/s': (operations, seconds) => operations / seconds / 1e9,
  'GB/s': (bytes, seconds) => bytes / seconds / 1e9,
  µs: (calls, seconds) => (seconds / calls) * 1e6,
}

/** How far a result is from the truth, in the measure that its tolerance is given in. */
export interface Check {
  readonly error: number
  readonly tolerance: number
}

/** A case that is ready to be timed, if its check allows that. */
export interface Prepared extends Disposable {
  readonly check: Check
  readonly run: () => void
}

/** One cell of a table: something to check, then to time. */
export interface Case {
  /** what it works on: the row of the table */
  readonly row: string
  /** which variant of it: the column */
  readonly column: string
  /** operations, bytes or calls of one run, as the unit of the group counts */
  readonly work: number
  /** the least (of µs the most) that is good enough, if there is such a thing */
  readonly target?: number
  /** Makes inputs on a backend, and compares the results with the truth. */
  prepare(backend: Backend): Promise<Prepared>
}

/** A table of cases. */
export interface Group {
  readonly name: string
  /** what is measured, and how it is counted */
  readonly title: string
  readonly unit: Unit
  readonly columns: readonly string[]
  readonly cases: readonly Case[]
}

/** Numbers in -1..1 without a pattern, the same every time. */
export function numbers(size: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}
