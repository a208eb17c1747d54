import { DTypeError, formatShape, listen, ones, ShapeError, scope, Tensor, zeros } from '@tlc/tensor'
import { cotangentType } from './rule.ts'
import { Tape } from './tape.ts'

/** What is differentiated by: tensors in a list, or by name. */
export type Inputs = readonly Tensor[] | { readonly [name: string]: Tensor }

/** A gradient for each input, in the same places or under the same names. */
export type Gradients<I extends Inputs> = { readonly [K in keyof I]: Tensor }

/** Tensors, in lists and records of any depth, beside other values. */
export type Tree =
  | Tensor
  | readonly Tree[]
  | { readonly [name: string]: Tree }
  | number
  | string
  | boolean
  | null
  | undefined

/** A scalar to differentiate and something else to let out, logits for example. */
export interface WithAuxiliary<A extends Tree> {
  readonly value: Tensor
  readonly auxiliary: A
}

export interface ValueAndGradients<I extends Inputs> {
  /** f(inputs), a scalar. */
  readonly value: Tensor
  /** ∂f/∂input, zeros where f does not depend on an input: f32, or f16 for f16 where that computes. */
  readonly gradients: Gradients<I>
}

/**
 * f(x) and ∂f/∂x for each input. What `fn` makes on the way is freed: only the value, the gradients and what it returns
 * as `auxiliary` come out, and belong to the enclosing scope. To be differentiated itself, call it within another.
 *
 * ```ts
 * const { value, gradients } = valueAndGrad(([w]) => w.mul(w).sum(), [weight])
 * const { auxiliary, gradients } = valueAndGrad(() => ({ value: loss, auxiliary: logits }), { weight, bias })
 * ```
 *
 * @param fn returns a scalar f32 tensor; it may reach the inputs by closure as well as by its argument
 * @throws ShapeError if the value is not a scalar
 * @throws DTypeError if an input is not f32, f16 or bf16
 */
export function valueAndGrad<const I extends Inputs, A extends Tree>(
  fn: (inputs: I) => WithAuxiliary<A>,
  inputs: I,
): ValueAndGradients<I> & { readonly auxiliary: A }
export function valueAndGrad<const I extends Inputs>(fn: (inputs: I) => Tensor, inputs: I): ValueAndGradients<I>
export function valueAndGrad<const I extends Inputs>(
  fn: (inputs: I) => Tensor | WithAuxiliary<Tree>,
  inputs: I,
): ValueAndGradients<I> & { readonly auxiliary?: Tree } {
  using inner = scope()
  let auxiliary: Tree
  using pullback = vjp((given: I) => {
    const result = fn(given)
    if (result instanceof Tensor || !isAuxiliary(result)) return [result as Tensor]
    auxiliary = result.auxiliary
    return [result.value, ...tensorsIn(auxiliary)]
  }, inputs)
  const value = pullback.outputs[0]!
  checkScalar(value)
  const gradients = pullback.pull([ones([], { backend: value.backend })])
  inner.keep([...pullback.outputs, ...Object.values(gradients)])
  return auxiliary === undefined ? { value, gradients } : { value, gradients, auxiliary }
}

/** ∂f/∂x for each input: `valueAndGrad` without the value. */
export function grad<const I extends Inputs>(fn: (inputs: I) => Tensor, inputs: I): Gradients<I> {
  using inner = scope()
  const { gradients } = valueAndGrad(fn, inputs)
  inner.keep(Object.values(gradients))
  return gradients
}

/** Outputs of a function, and the way back from their cotangents. Dispose it if `pull` is not called. */
export interface Pullback<I extends Inputs> extends Disposable {
  readonly outputs: readonly Tensor[]
  /**
   * Σ_k cotangentₖ · ∂outputₖ/∂input for each input. Once: it frees what was remembered.
   *
   * @param cotangents of the shapes of the outputs, in order, f32 (or f16 as gradients are); those undefined or left out are taken for zeros
   */
  pull(cotangents: readonly (Tensor | undefined)[]): Gradients<I>
}

/**
 * Runs a function of several outputs and remembers what its vector-Jacobian product needs: the building block of
 * `valueAndGrad`, for outputs that are no scalars.
 */
export function vjp<const I extends Inputs>(fn: (inputs: I) => readonly Tensor[], inputs: I): Pullback<I> {
  const list = checkInputs(inputs)
  const tape = new Tape(list)
  try {
    const outputs = remembered(tape, () => fn(inputs))
    return {
      outputs,
      pull(cotangents) {
        using _tape = tape
        cotangents.forEach((cotangent, place) => checkCotangent(cotangent, outputs[place], place))
        const gradients = tape.unwind(outputs, cotangents, list)
        const filled = gradients.map((gradient, place) => gradient ?? noGradient(list[place]!))
        return like(inputs, filled)
      },
      [Symbol.dispose]: () => tape[Symbol.dispose](),
    }
  } catch (error) {
    tape[Symbol.dispose]()
    throw error
  }
}

/** The same values as a constant: no gradient passes to x. Shares storage. */
export function stopGradient(x: Tensor): Tensor {
  // An alias is made behind the door, so that no tape knows where it came from.
  return x.alias()
}

function remembered(tape: Tape, fn: () => readonly Tensor[]): readonly Tensor[] {
  using inner = scope()
  using _listening = listen(tape)
  const outputs = fn()
  for (const output of outputs) {
    if (!(output instanceof Tensor)) {
      throw new TypeError(
        `the function to differentiate returned ${describe(output)}, expected a tensor (and no promise)`,
      )
    }
  }
  return inner.keep(outputs)
}

function noGradient(input: Tensor): Tensor {
  return zeros(input.shape, { backend: input.backend, dtype: cotangentType(input, input.backend) })
}

function like<I extends Inputs>(inputs: I, gradients: readonly Tensor[]): Gradients<I> {
  if (Array.isArray(inputs)) return gradients as unknown as Gradients<I>
  return Object.fromEntries(Object.keys(inputs).map((name, place) => [name, gradients[place]])) as Gradients<I>
}

function isAuxiliary(result: unknown): result is WithAuxiliary<Tree> {
  return typeof result === 'object' && result !== null && 'value' in result && 'auxiliary' in result
}

function* tensorsIn(tree: Tree): Generator<Tensor> {
  if (tree instanceof Tensor) yield tree
  else if (typeof tree === 'object' && tree !== null) for (const branch of Object.values(tree)) yield* tensorsIn(branch)
}

function checkInputs(inputs: Inputs): readonly Tensor[] {
  for (const [name, input] of Object.entries(inputs)) {
    if (!(input instanceof Tensor))
      throw new TypeError(`gradient: input ${name} is ${describe(input)}, expected a tensor`)
    if (input.dtype !== 'f32' && input.dtype !== 'f16' && input.dtype !== 'bf16') {
      throw new DTypeError(`gradient: input ${name} is ${input}, expected f32; integers and bools have no gradient`)
    }
  }
  return Object.values(inputs)
}

function checkScalar(value: Tensor): void {
  if (value.shape.length === 0 && value.dtype === 'f32') return
  throw new ShapeError(
    `valueAndGrad: the function returned ${value}, expected a scalar f32[]; reduce it with sum() or mean(), or use vjp`,
  )
}

function checkCotangent(cotangent: Tensor | undefined, output: Tensor | undefined, place: number): void {
  if (!cotangent) return
  const dtype = output ? cotangentType(output, output.backend) : 'f32'
  if (output && cotangent.dtype === dtype && formatShape(cotangent.shape) === formatShape(output.shape)) return
  throw new ShapeError(
    `vjp: cotangent ${place} is ${cotangent}, expected ${dtype} in the shape of ${output ?? 'an output; there is none'}`,
  )
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? (value.constructor?.name ?? 'an object') : typeof value
}
