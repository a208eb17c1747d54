import type { Backend, Kernel } from './backend.ts'
import type { Composite } from './composites/composite.ts'
import { currentBackend } from './context.ts'
import type { DType } from './dtype.ts'
import { DTypeError, LifetimeError, ShapeError } from './errors.ts'
import { flopsOf } from './flops.ts'
import type { Primitive, Primitives } from './primitives.ts'
import { type Rule, rules, type Spec } from './rules.ts'
import { scope } from './scope.ts'
import { formatShape, sameShape } from './shape.ts'
import { Tensor } from './tensor.ts'

/** An operation that was done. */
export interface Call {
  readonly op: string
  /** The definition, if it is a composite. */
  readonly composite: Composite<unknown> | undefined
  readonly inputs: readonly Tensor[]
  readonly parameters: unknown
  readonly outputs: readonly Tensor[]
}

/** Hears of operations at the door: a tape, a tracer, a counter. */
export interface Listener {
  /** Whether it wants to hear of this composite as one call, rather than of the calls that its formula makes. */
  takes(composite: Composite<unknown>): boolean
  heard(call: Call): void
  /** Hears of tensors that an operation is about to overwrite (`into`), and may throw to prevent it. */
  overwrites?(op: string, targets: readonly Tensor[]): void
}

let listeners: readonly Listener[] = []

/** Lets a listener hear every operation until disposed. */
export function listen(listener: Listener): Disposable {
  listeners = [...listeners, listener]
  return {
    [Symbol.dispose]() {
      listeners = listeners.filter((other) => other !== listener)
    },
  }
}

/** Runs a function whose operations the listeners do not hear. */
export function unheard<T>(run: () => T): T {
  return withListeners([], run)
}

/** Who listens now, for those that speak of a call of their own making. */
export function currentListeners(): readonly Listener[] {
  return listeners
}

function withListeners<T>(only: readonly Listener[], run: () => T): T {
  const before = listeners
  listeners = only
  try {
    return run()
  } finally {
    listeners = before
  }
}

/**
 * The one door: checks the inputs, makes the outputs, runs the kernel (or, where the backend has none for a composite,
 * the formula), and tells whoever listens.
 *
 * @param op the name of a primitive, or a composite
 * @param into existing tensors of the outputs' shapes and types to write to, instead of new ones
 */
export function apply<P extends Primitive>(
  op: P,
  inputs: readonly Tensor[],
  parameters: Primitives[P],
): readonly Tensor[]
export function apply<Parameters>(
  op: Composite<Parameters>,
  inputs: readonly Tensor[],
  parameters: NoInfer<Parameters>,
  into?: readonly Tensor[],
): readonly Tensor[]
export function apply(
  op: Primitive | Composite<unknown>,
  inputs: readonly Tensor[],
  parameters: unknown,
  into?: readonly Tensor[],
): readonly Tensor[] {
  return typeof op === 'string' ? applyPrimitive(op, inputs, parameters) : applyComposite(op, inputs, parameters, into)
}

function applyPrimitive(op: Primitive, inputs: readonly Tensor[], parameters: unknown): readonly Tensor[] {
  const backend = sharedBackend(op, inputs)
  const spec = (rules[op] as Rule<unknown>)(inputs, parameters)
  const outputs =
    op === 'reshape'
      ? [inputs[0]!.alias(spec.shape)]
      : execute(op, backend.kernels[op] as Kernel<unknown>, backend, inputs, parameters, [spec], undefined)
  if (listeners.length > 0) tell(listeners, { op, composite: undefined, inputs, parameters, outputs })
  return outputs
}

function applyComposite(
  composite: Composite<unknown>,
  inputs: readonly Tensor[],
  parameters: unknown,
  into: readonly Tensor[] | undefined,
): readonly Tensor[] {
  const op = composite.name
  const backend = sharedBackend(op, inputs)
  const specs = composite.outputs(inputs, parameters)
  if (into) {
    checkTargets(op, specs, into)
    for (const listener of listeners) listener.overwrites?.(op, into)
  }
  const kernel = (backend.fused as Record<string, Kernel<unknown> | undefined>)[op]
  const taking = listeners.filter((listener) => listener.takes(composite))
  let outputs: readonly Tensor[]
  if (kernel && taking.length === listeners.length) {
    outputs = execute(op, kernel, backend, inputs, parameters, specs, into)
  } else {
    const others = listeners.filter((listener) => !taking.includes(listener))
    outputs = withListeners(others, () => byFormula(composite, inputs, parameters))
    if (into) outputs = replace(into, outputs)
  }
  tell(taking, { op, composite, inputs, parameters, outputs })
  return outputs
}

function replace(into: readonly Tensor[], outputs: readonly Tensor[]): readonly Tensor[] {
  outputs.forEach((output, index) => {
    into[index]!.assign(output)
    output.dispose()
  })
  return into
}

/**
 * What a composite means: its formula. Of f16 it is computed in f32, and each f16 output rounded once, as a kernel does
 * it. A composite that does not say its outputs is left to itself.
 */
export function byFormula<P>(composite: Composite<P>, inputs: readonly Tensor[], parameters: P): readonly Tensor[] {
  using inner = scope()
  const specs = inputs.some(({ dtype, backend }) => dtype === 'f16' && backend.computesHalf)
    ? composite.outputs(inputs, parameters)
    : []
  if (specs.length === 0) return inner.keep(composite.formula(inputs, parameters))
  const wide = inputs.map((input) => (input.dtype === 'f16' ? converted(input, 'f32') : input))
  return inner.keep(composite.formula(wide, parameters).map((output, place) => converted(output, specs[place]!.dtype)))
}

function converted(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : applyPrimitive('cast', [x], { dtype })[0]!
}

function tell(who: readonly Listener[], call: Call): void {
  for (const listener of who) listener.heard(call)
}

function execute(
  op: string,
  kernel: Kernel<unknown>,
  backend: Backend,
  inputs: readonly Tensor[],
  parameters: unknown,
  specs: readonly Spec[],
  into: readonly Tensor[] | undefined,
): readonly Tensor[] {
  if (into) for (const { buffer } of into) backend.overwrites(buffer)
  const outputs = into ?? specs.map((spec) => Tensor.allocate(backend, spec.shape, spec.dtype))
  const profiler = backend.profiler
  if (!profiler) {
    kernel(inputs, parameters, outputs)
    return outputs
  }
  let bytes = 0
  for (const { buffer } of [...inputs, ...outputs]) bytes += buffer.bytes
  const call = (): void => kernel(inputs, parameters, outputs)
  profiler.measure(op, call, flopsOf(op, inputs, parameters, outputs), bytes)
  return outputs
}

function checkTargets(op: string, specs: readonly Spec[], into: readonly Tensor[]): void {
  specs.forEach((spec, index) => {
    const target = into[index]
    if (!target || !sameShape(target.shape, spec.shape)) {
      const given = target ? formatShape(target.shape) : 'nothing'
      throw new ShapeError(`${op}: output ${index} is ${formatShape(spec.shape)}, to be written into ${given}`)
    }
    if (target.dtype !== spec.dtype) {
      throw new DTypeError(`${op}: output ${index} is ${spec.dtype}, to be written into ${target.dtype}`)
    }
  })
}

/** The backend of all inputs; that in use when there are none. */
function sharedBackend(op: string, inputs: readonly Tensor[]): Backend {
  const first = inputs[0]
  if (!first) return currentBackend()
  const backend = first.backend
  for (let index = 1; index < inputs.length; index++) {
    const other = inputs[index]!.backend
    if (other !== backend) {
      throw new LifetimeError(
        `${op}: input 0 lives on '${backend.name}', input ${index} on '${other.name}' (another backend); ` +
          'make both on one, or copy with tensor(await x.data(), { shape, dtype })',
      )
    }
  }
  return backend
}
