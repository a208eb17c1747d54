import { apply } from '../apply.ts'
import { ShapeError } from '../errors.ts'
import { formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** The same elements under another shape; one size may be -1, to be worked out. Shares storage. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1)
  if (open < 0) return apply('reshape', [x], { shape })[0]!
  const rest = sizeOf(shape.filter((_, axis) => axis !== open))
  if (rest === 0 || x.size % rest !== 0) {
    throw new ShapeError(`reshape: ${formatShape(x.shape)} does not divide into ${formatShape(shape)}`)
  }
  return apply('reshape', [x], { shape: shape.with(open, x.size / rest) })[0]!
}

/** Axes in another order: axis i of the result is axis `axes[i]` of x. Copies. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  return apply('permute', [x], { axes: axes.map((axis) => normalizeAxis(axis, x.shape.length, 'permute')) })[0]!
}

/** Exchanges two axes, the last two by default. Copies; products take `transposeA` and `transposeB` instead. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const rank = x.shape.length
  const axes = x.shape.map((_, axis) => axis)
  const a = normalizeAxis(first, rank, 'transpose')
  const b = normalizeAxis(second, rank, 'transpose')
  axes[a] = b
  axes[b] = a
  return permute(x, axes)
}

/** Repeats axes of size 1, and adds leading axes, up to a shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply('expand', [x], { shape })[0]!
}

/** How wide the border of `pad` is, one width for each axis. */
export interface PadOptions {
  readonly before?: Shape
  readonly after?: Shape
  /** 0 by default */
  readonly value?: number
}

/** A border of one value around x. */
export function pad(x: Tensor, options: PadOptions): Tensor {
  const none = x.shape.map(() => 0)
  return apply('pad', [x], {
    before: options.before ?? none,
    after: options.after ?? none,
    value: options.value ?? 0,
  })[0]!
}

/** The elements `start` to `end - 1` along each axis; negative ones count from the end; later axes may be left out. */
export function slice(x: Tensor, start: Shape, end: Shape = x.shape): Tensor {
  const place = (given: number | undefined, length: number, missing: number): number =>
    given === undefined ? missing : given < 0 ? given + length : given
  return apply('slice', [x], {
    start: x.shape.map((length, axis) => place(start[axis], length, 0)),
    end: x.shape.map((length, axis) => place(end[axis], length, length)),
  })[0]!
}

/** One tensor after the other along an axis (the first by default). */
export function concat(tensors: readonly Tensor[], options: { readonly axis?: number } = {}): Tensor {
  const rank = tensors[0]?.shape.length ?? 1
  return apply('concat', tensors, { axis: normalizeAxis(options.axis ?? 0, rank, 'concat') })[0]!
}

/** Tensors of one shape side by side along a new axis (the first by default). */
export function stack(tensors: readonly Tensor[], options: { readonly axis?: number } = {}): Tensor {
  const rank = (tensors[0]?.shape.length ?? 0) + 1
  const axis = normalizeAxis(options.axis ?? 0, rank, 'stack')
  return concat(
    tensors.map((x) => reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])),
    { axis },
  )
}
