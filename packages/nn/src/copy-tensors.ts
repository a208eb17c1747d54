import { apply, cast, type DType, formatShape, type Spec, sameShape, type Tensor } from '@tlc/tensor'

/** Names in a set of tensors that do not fit those they should be copied to. */
export class TensorMismatchError extends Error {
  override name = 'TensorMismatchError'
  readonly unknown: readonly string[]
  readonly missing: readonly string[]
  readonly misfitting: readonly string[]

  constructor(target: string, unknown: readonly string[], missing: readonly string[], misfitting: readonly string[]) {
    const list = (title: string, names: readonly string[]): string[] =>
      names.length ? [`  ${title}: ${names.join(', ')}`] : []
    super(
      [
        `the tensors do not fit ${target}; nothing was loaded:`,
        ...list('not expected', unknown),
        ...list('missing', missing),
        ...list('misfitting', misfitting),
        `make ${target} with the configuration that the tensors were saved with`,
      ].join('\n'),
    )
    this.unknown = unknown
    this.missing = missing
    this.misfitting = misfitting
  }
}

/**
 * Throws unless each target has a tensor of the same name and shape, and of a type that converts to its own.
 *
 * @param target what the targets belong to, for the message
 * @throws TensorMismatchError listing every unknown, missing and misfitting name
 */
export function checkTensors(
  targets: ReadonlyMap<string, Spec>,
  given: ReadonlyMap<string, Spec>,
  target: string,
): void {
  const unknown = [...given.keys()].filter((name) => !targets.has(name))
  const missing = [...targets.keys()].filter((name) => !given.has(name))
  const misfitting = [...targets].flatMap(([name, expected]) => {
    const source = given.get(name)
    if (!source || (sameShape(source.shape, expected.shape) && converts(source.dtype, expected.dtype))) return []
    return [
      `${name} is ${source.dtype}${formatShape(source.shape)}, expected ${expected.dtype}${formatShape(expected.shape)}`,
    ]
  })
  if (unknown.length + missing.length + misfitting.length === 0) return
  throw new TensorMismatchError(target, unknown, missing, misfitting)
}

/**
 * Copies each tensor to that of the same name; the given ones stay the caller's. f16 and bf16 become f32 where that
 * is expected.
 *
 * @throws TensorMismatchError as `checkTensors` does, with nothing changed
 */
export function copyTensors(
  targets: ReadonlyMap<string, Tensor>,
  given: ReadonlyMap<string, Tensor>,
  target: string,
): void {
  checkTensors(targets, given, target)
  for (const [name, to] of targets) {
    const source = given.get(name)!
    using values = source.dtype === to.dtype ? copyOf(source) : cast(source, to.dtype)
    to.assign(values)
  }
}

function converts(given: DType, expected: DType): boolean {
  return given === expected || (expected === 'f32' && (given === 'f16' || given === 'bf16'))
}

/** The same elements in memory of their own: `assign` alone would share it, and optimizers write in place. */
export function copyOf(x: Tensor): Tensor {
  return apply('permute', [x], { axes: x.shape.map((_, axis) => axis) })[0]!
}
