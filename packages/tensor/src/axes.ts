import { type Shape, stridesOf } from './shape.ts'

/** One axis of a walk over several operands: its size, and how far each operand's neighbours are apart, in elements. */
export interface Axis {
  readonly size: number
  readonly strides: readonly number[]
}

/** Strides of a tensor read as if it had another shape that it broadcasts to: 0 along axes that repeat it. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const added = to.length - from.length
  const own = stridesOf(from)
  return to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added]!))
}

/**
 * The axes of a shape, as few as possible: without those of size 1, and neighbours as one where every operand goes on
 * from the end of the inner to the next of the outer.
 *
 * @param strides for each operand, its strides along the axes of the shape
 */
export function mergedAxes(shape: Shape, strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = []
  shape.forEach((size, axis) => {
    if (size === 1) return
    const own = strides.map((operand) => operand[axis]!)
    const outer = axes.at(-1)
    const continues = outer?.strides.every((stride, operand) => stride === own[operand]! * size)
    if (outer && continues) axes[axes.length - 1] = { size: outer.size * size, strides: own }
    else axes.push({ size, strides: own })
  })
  return axes
}
