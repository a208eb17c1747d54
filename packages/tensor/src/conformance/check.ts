import { apply, byFormula } from '../apply.ts'
import type { Backend, Kernel } from '../backend.ts'
import type { Composite } from '../composites/composite.ts'
import { withBackend } from '../context.ts'
import { tensor } from '../create.ts'
import type { DType, TypedArray } from '../dtype.ts'
import { decoders } from '../float16.ts'
import { openBackend } from '../open-backend.ts'
import { cast } from '../operations/elementwise.ts'
import type { Primitive } from '../primitives.ts'
import { scope } from '../scope.ts'
import type { Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Case, Conformance, Tolerance } from './case.ts'
import { type Bound, firstDifference } from './compare.ts'
import { Draw } from './draw.ts'

/** A tensor off its backend. */
interface Values {
  readonly data: TypedArray
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
}

type Run = (inputs: readonly Tensor[]) => readonly Tensor[]

/** What a case must give. */
interface Truth {
  readonly inputs: readonly Values[]
  readonly expected: readonly Values[]
  readonly bounds: readonly (Bound | undefined)[]
}

/** Throws unless a backend does one case as it must. */
export async function check<P>(
  op: Primitive | Composite<P>,
  one: Case<P>,
  { tolerances, arithmetic = false }: Conformance<P>,
  backend: Backend,
): Promise<void> {
  const { parameters } = one
  const flushed = arithmetic && backend.flushesDenormals
  const { inputs, expected, bounds } = await (flushed
    ? findTruth(op, one, tolerances, true)
    : truthOf(op, one, tolerances))
  const run: Run = (given) => apply(op as Composite<P>, given, parameters)
  const [actual, after] = await withInputs(backend, inputs, run)
  expectNear('', actual, expected, bounds)
  expectNear('the input afterwards: ', after, inputs, [])
  expectNear('done again: ', await evaluate(backend, inputs, run), actual, [])
  if (typeof op !== 'string' && (backend.fused as Record<string, Kernel<P> | undefined>)[op.name]) {
    const meant = await evaluate(backend, inputs, (given) => byFormula(op, given, parameters))
    expectNear('by its formula: ', meant, expected, bounds)
  }
}

/** Found once for all backends tried in one process: it is the slowest part. */
const truths = new Map<Primitive | Composite<never>, Map<object, Promise<Truth>>>()
const float64 = openBackend('reference', { precision: 'float64' })

function truthOf<P>(op: Primitive | Composite<P>, one: Case<P>, tolerances: readonly Tolerance<P>[]): Promise<Truth> {
  const ofOp = truths.get(op) ?? new Map<object, Promise<Truth>>()
  truths.set(op, ofOp)
  const truth = ofOp.get(one) ?? findTruth(op, one, tolerances)
  ofOp.set(one, truth)
  return truth
}

async function findTruth<P>(
  op: Primitive | Composite<P>,
  { inputs: draw, parameters, exact }: Case<P>,
  tolerances: readonly Tolerance<P>[],
  flushed = false,
): Promise<Truth> {
  const backend = await float64
  const drawn = await evaluate(backend, [], () => draw(new Draw(backend)))
  const inputs = flushed ? drawn.map(withoutDenormals) : drawn
  const expected = await evaluate(backend, inputs, (given) => apply(op as Composite<P>, given, parameters))
  const bounds = await Promise.all(
    expected.map((output, place) => {
      const tolerance = tolerances[Math.min(place, tolerances.length - 1)]
      return exact || flushed ? sameNumbers : tolerance && boundOf(tolerance, output, inputs, parameters, backend)
    }),
  )
  return { inputs, expected, bounds }
}

/** Every order of operations gives the same numbers, but perhaps another sign of zero, and 0 for the smallest. */
const sameNumbers: Bound = { roundings: 0, scale: [0] }

function withoutDenormals(values: Values): Values {
  if (values.dtype !== 'f32') return values
  return { ...values, data: Float32Array.from(values.data, (x) => (Math.abs(x) < 2 ** -126 ? 0 * x : x)) }
}

async function boundOf<P>(
  { roundings, scale }: Tolerance<P>,
  expected: Values,
  inputs: readonly Values[],
  parameters: P,
  truth: Backend,
): Promise<Bound> {
  const decode = decoders[expected.dtype] ?? ((stored: number) => stored)
  const magnitudes = Float64Array.from(expected.data, (stored) => Math.abs(decode(stored)))
  const wide = (x: Tensor): Tensor => (x.dtype === 'f16' ? cast(x, 'f32') : x)
  return {
    roundings: typeof roundings === 'number' ? roundings : roundings(inputs, parameters),
    scale:
      typeof scale === 'function'
        ? (await evaluate(truth, inputs, (given) => [scale(given.map(wide), parameters)]))[0]!.data
        : scale === 'element'
          ? magnitudes
          : [magnitudes.reduce((largest, x) => (Number.isFinite(x) ? Math.max(largest, x) : largest), 0)],
  }
}

function expectNear(
  what: string,
  actual: readonly Values[],
  expected: readonly Values[],
  bounds: readonly (Bound | undefined)[],
): void {
  expected.forEach(({ data, dtype }, place) => {
    const difference = firstDifference(actual[place]!.data, data, dtype, bounds[place])
    if (difference) throw new Error(`${what}${expected.length > 1 ? `tensor ${place}, ` : ''}${difference}`)
  })
}

async function evaluate(backend: Backend, inputs: readonly Values[], run: Run): Promise<readonly Values[]> {
  return (await withInputs(backend, inputs, run))[0]
}

/** Outputs, and what the inputs hold afterwards. */
async function withInputs(
  backend: Backend,
  inputs: readonly Values[],
  run: Run,
): Promise<[outputs: readonly Values[], inputs: readonly Values[]]> {
  const [given, made] = withBackend(backend, () => {
    using inner = scope()
    const given = inputs.map(({ data, shape, dtype }) => tensor(data, { shape, dtype }))
    const made = run(given)
    return [inner.keep(given), inner.keep(made)]
  })
  const values = await Promise.all([read(made), read(given)])
  for (const each of [...made, ...given]) each.dispose()
  return values
}

function read(tensors: readonly Tensor[]): Promise<Values[]> {
  return Promise.all(
    tensors.map(async (each) => ({ data: await each.data(), shape: each.shape, dtype: each.dtype, size: each.size })),
  )
}
