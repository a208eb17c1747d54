import { type DType, formatShape, sameShape, type TypedArray } from '@tlc/tensor'
import { fitSize, type Size, type Sizes } from './size.ts'
import type { Origin, Trace, TracedCall, TracedTensor } from './trace.ts'

/** A tensor of a program: what it is in every trace. */
export interface ProgramTensor {
  readonly origin: Origin
  readonly shape: readonly Size[]
  readonly dtype: DType
  /** Its numbers, where they depend neither on an input nor on a size. */
  readonly value: (() => Promise<TypedArray>) | undefined
  /** Its numbers in each trace, if it was made of numbers. */
  readonly values: readonly TypedArray[] | undefined
}

/** An operation of a program. */
export interface ProgramCall<Parameters = unknown> {
  readonly op: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** in the first trace */
  readonly parameters: Parameters
  /** a whole number among the parameters, by what it depends on */
  size(pick: (parameters: Parameters) => number): Size
}

/** What several traces have in common. */
export interface Program {
  readonly tensors: readonly ProgramTensor[]
  readonly calls: readonly ProgramCall[]
  readonly outputs: { readonly [name: string]: number }
}

/** Operations with lists of sizes among their parameters, of whose numbers the rows ask what they depend on. */
const sized = new Set(['reshape', 'expand', 'pad', 'slice'])

/**
 * What traces with different sizes have in common: the same operations on the same tensors, each size as a function of
 * those that have names.
 *
 * @param sizes what the names stood for in each trace
 * @throws TypeError if the function does something else when sizes differ
 */
export async function commonProgram(traces: readonly Trace[], sizes: readonly Sizes[]): Promise<Program> {
  checkSameOperations(traces)
  const [first] = traces as readonly [Trace]
  const tensors: ProgramTensor[] = []
  for (const [place, { origin, dtype }] of first.tensors.entries()) {
    const each = traces.map((trace) => trace.tensors[place]!)
    const shape = first.tensors[place]!.shape.map((_, axis) =>
      fitted(
        each.map((tensor) => tensor.shape[axis]!),
        sizes,
        describe(first, place),
      ),
    )
    const values = origin.kind === 'constant' ? await valuesOf(each) : undefined
    const settled = each[0]!.constant && (values ? areAlike(values, each) : isSettled(first, place, tensors, traces))
    tensors.push({ origin, dtype, shape, values, value: settled ? readOf(each[0]!) : undefined })
  }
  const calls = first.calls.map((call, index): ProgramCall => {
    const parameters = traces.map((trace) => trace.calls[index]!.parameters)
    const size: ProgramCall['size'] = (pick) => fitted(parameters.map(pick), sizes, call.op)
    if (!sameParameters(traces, index, sized.has(call.op))) {
      throw new TypeError(`exportOnnx: the parameters of ${call.op} depend on sizes; ${remedy}`)
    }
    return { ...call, parameters: call.parameters, size }
  })
  return { tensors, calls, outputs: first.outputs }
}

const remedy = 'give sizes as numbers instead of names'

function checkSameOperations(traces: readonly Trace[]): void {
  const [first, ...others] = traces as readonly [Trace, ...Trace[]]
  for (const other of others) {
    const apart = first.calls.findIndex((call, index) => !sameCall(call, other.calls[index]))
    const call = first.calls[apart] ?? other.calls[first.calls.length]
    if (call) {
      throw new TypeError(
        `exportOnnx: with other sizes other operations are done, from ${call.op} (${apart}) on; ${remedy}`,
      )
    }
    const apartAt = first.tensors.findIndex((tensor, place) => !sameOrigin(tensor, other.tensors[place]))
    if (apartAt >= 0 || JSON.stringify(first.outputs) !== JSON.stringify(other.outputs)) {
      throw new TypeError(`exportOnnx: with other sizes other tensors are used; ${remedy}`)
    }
  }
}

function sameCall(a: TracedCall, b: TracedCall | undefined): boolean {
  return a.op === b?.op && JSON.stringify(a.inputs) === JSON.stringify(b.inputs)
}

function sameOrigin(a: TracedTensor, b: TracedTensor | undefined): boolean {
  const isSame = a.dtype === b?.dtype && a.constant === b.constant && a.shape.length === b.shape.length
  return isSame && JSON.stringify(a.origin) === JSON.stringify(b.origin)
}

/** @param butSizes whether lists of whole numbers may differ */
function sameParameters(traces: readonly Trace[], call: number, butSizes = false): boolean {
  const compared = (_: string, value: unknown): unknown => (butSizes && Array.isArray(value) ? value.length : value)
  const [first, ...others] = traces.map((trace) => JSON.stringify(trace.calls[call]!.parameters, compared))
  return others.every((other) => other === first)
}

function fitted(values: readonly number[], sizes: readonly Sizes[], where: string): Size {
  const size = fitSize(values, sizes)
  if (size) return size
  const given = sizes.map((each, trace) => `${values[trace]} for ${JSON.stringify(each)}`)
  throw new TypeError(
    `exportOnnx: ${where} has a size that is no product of named ones: ${given.join(', ')}; ${remedy}`,
  )
}

function describe({ tensors, calls }: Trace, place: number): string {
  const { origin, shape } = tensors[place]!
  return origin.kind === 'output' ? `a result of ${calls[origin.call]!.op}` : `${origin.kind} ${formatShape(shape)}`
}

/** The numbers of a constant in each trace; one tensor that is used in all of them is read once. */
async function valuesOf(each: readonly TracedTensor[]): Promise<readonly TypedArray[]> {
  const [first] = each as readonly [TracedTensor]
  if (each.every(({ id }) => id === first.id)) {
    const data = await first.held!.data()
    return each.map(() => data)
  }
  return Promise.all(each.map(({ held }) => held!.data()))
}

function areAlike(values: readonly TypedArray[], each: readonly TracedTensor[]): boolean {
  const [first] = values as readonly [TypedArray]
  const same = (data: TypedArray): boolean => data === first || data.every((x, index) => Object.is(x, first[index]))
  return each.every(({ shape }, trace) => sameShape(shape, each[0]!.shape) && same(values[trace]!))
}

/** Whether a tensor without a part in it of any input is the same whatever the sizes. */
function isSettled(first: Trace, place: number, before: readonly ProgramTensor[], traces: readonly Trace[]): boolean {
  const { origin } = first.tensors[place]!
  if (origin.kind !== 'output') return false
  const { inputs } = first.calls[origin.call]!
  return inputs.every((input) => isKnown(before[input]!)) && sameParameters(traces, origin.call)
}

function isKnown({ origin, value }: ProgramTensor): boolean {
  return origin.kind === 'parameter' || value !== undefined
}

function readOf({ held }: TracedTensor): (() => Promise<TypedArray>) | undefined {
  return held && (() => held.data())
}
