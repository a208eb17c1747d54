import { apply, type Backend, type Composite, openBackend, scope, type Tensor, tensor, withBackend } from '@tlc/tensor'
import type { Case, Check } from '../case.ts'

/** What a composite is timed on. */
export interface CompositeCall<Parameters> {
  readonly row: string
  readonly column: string
  readonly composite: Composite<Parameters>
  readonly parameters: Parameters
  /** operations or bytes of a call */
  readonly work: number
  /** Makes the inputs on a backend. */
  readonly inputs: (backend: Backend) => readonly Tensor[]
}

/**
 * A case of one composite. Its truth is the composite's formula on the reference backend in float64; the error is that
 * of the worst element, as a part of the largest element of its output.
 */
export function compositeCase<P>({ row, column, composite, parameters, work, inputs }: CompositeCall<P>): Case {
  return {
    row,
    column,
    work,
    async prepare(backend) {
      const given = inputs(backend)
      const run = () => apply(composite, given, parameters)
      const made = run()
      const check = await compare(made, composite, given, parameters)
      for (const each of made) each.dispose()
      return {
        check,
        run() {
          for (const each of run()) each.dispose()
        },
        [Symbol.dispose]() {
          for (const each of given) each.dispose()
        },
      }
    },
  }
}

/** Sums of thousands of terms of both signs leave some √n · 2⁻²⁴; what is wrong is further off than this. */
const tolerance = 2 ** -16

async function compare<P>(
  made: readonly Tensor[],
  composite: Composite<P>,
  given: readonly Tensor[],
  parameters: P,
): Promise<Check> {
  const expected = await inFloat64(given, (inputs) => apply(composite, inputs, parameters))
  const errors = await Promise.all(made.map(async (each, place) => largestError(await each.data(), expected[place]!)))
  return { error: Math.max(...errors), tolerance }
}

/** What a function of tensors gives on the reference backend, computed in float64. */
export async function inFloat64(
  given: readonly Tensor[],
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
): Promise<readonly ArrayLike<number>[]> {
  const truth = await openBackend('reference', { precision: 'float64' })
  const values = await Promise.all(given.map((each) => each.data()))
  const made = withBackend(truth, () => {
    using inner = scope()
    return inner.keep(run(given.map(({ shape, dtype }, place) => tensor(values[place]!, { shape, dtype }))))
  })
  const results = await Promise.all(made.map((each) => each.data()))
  for (const each of made) each.dispose()
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
