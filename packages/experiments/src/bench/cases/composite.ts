import {
  apply,
  type Backend,
  type Composite,
  openBackend,
  type Primitive,
  scope,
  type Tensor,
  withBackend,
} from '@tlc/tensor'
import type { Case, Check, HostTensor, Results } from '../case.ts'

/** What an operation is called with. */
export interface Arguments<Parameters> {
  readonly parameters: Parameters
  /** Makes the inputs on a backend, which is the current one. */
  readonly inputs: (backend: Backend) => readonly Tensor[]
}

/** What an operation is timed on. */
export interface TimedCall<Parameters> extends Arguments<Parameters> {
  readonly row: string
  readonly column: string
  readonly op: Composite<Parameters> | Primitive
  /** operations or bytes of a call */
  readonly work: number
  /** Something else to compare with the truth, where that of all would take seconds. */
  readonly checked?: Arguments<Parameters>
}

/**
 * A case of one operation. Its truth is the formula on the reference backend in float64; the error is that of the worst
 * element, as a part of the largest element of its output.
 */
export function compositeCase<P>(timed: TimedCall<P>): Case {
  const { row, column, op, work, checked = timed } = timed
  const compute = (given: readonly Tensor[], { parameters }: Arguments<P>): readonly Tensor[] =>
    apply(op as Composite<P>, given, parameters)
  return {
    row,
    column,
    work,
    ...(typeof op !== 'string' &&
      checked === timed && {
        call: {
          op: op.name,
          make: async () => ({ parameters: timed.parameters as object, inputs: await onHost(timed.inputs) }),
        },
      }),
    async prepare(backend) {
      const given = make(backend, timed.inputs)
      return {
        async results() {
          const less = checked === timed ? given : make(backend, checked.inputs)
          const results = await readAndDispose(withBackend(backend, () => compute(less, checked)))
          if (less !== given) for (const each of less) each.dispose()
          return results
        },
        run() {
          for (const each of withBackend(backend, () => compute(given, timed))) each.dispose()
        },
        [Symbol.dispose]() {
          for (const each of given) each.dispose()
        },
      }
    },
    async verifier() {
      const expected = await inFloat64((backend) => compute(checked.inputs(backend), checked))
      return (results) => compare(results, expected)
    },
  }
}

function make(backend: Backend, inputs: (backend: Backend) => readonly Tensor[]): readonly Tensor[] {
  return withBackend(backend, () => {
    using inner = scope()
    return inner.keep(inputs(backend))
  })
}

async function onHost(inputs: (backend: Backend) => readonly Tensor[]): Promise<readonly HostTensor[]> {
  const backend = await openBackend('wasm', { threads: 1 })
  const given = make(backend, inputs)
  const made = given.map(async (each) => ({ shape: each.shape, data: (await each.data()) as Float32Array }))
  const host = await Promise.all(made)
  await backend.close()
  return host
}

async function readAndDispose(made: readonly Tensor[]): Promise<Results> {
  const results = await Promise.all(made.map((each) => each.data()))
  for (const each of made) each.dispose()
  return results as Results
}

/** Sums of thousands of terms of both signs leave some √n · 2⁻²⁴; what is wrong is further off than this. */
const tolerance = 2 ** -16

/** Compares as many results as there are; none is an error that no tolerance allows. */
export function compare(results: Results, expected: Results): Check {
  if (results.length === 0) return { error: Number.NaN, tolerance }
  return { error: Math.max(...results.map((each, place) => largestError(each, expected[place]!))), tolerance }
}

/** What a function of tensors gives on the reference backend, computed in float64. */
export async function inFloat64(run: (backend: Backend) => readonly Tensor[]): Promise<Results> {
  const truth = await openBackend('reference', { precision: 'float64' })
  const made = withBackend(truth, () => {
    using inner = scope()
    return inner.keep(run(truth))
  })
  const results = await readAndDispose(made)
  await truth.close()
  return results
}

/** max |actual - expected| / max |expected|; NaN where there is one. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = actual.length === expected.length ? 0 : Number.NaN
  let largest = 0
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!))
    largest = Math.max(largest, Math.abs(expected[index]!))
  }
  return difference === 0 ? 0 : difference / largest
}
