import { ShapeError } from './errors.ts'

/** Sizes along each axis; `[]` is a scalar. Elements lie in row-major order. */
export type Shape = readonly number[]

/** Number of elements: the product of the sizes. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

/** Distance in elements between neighbours along each axis, row-major. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

/** Of the element at a position, in elements. */
export function offsetOf(position: readonly number[], strides: readonly number[]): number {
  return position.reduce((total, place, axis) => total + place * strides[axis]!, 0)
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** `[2, 3]`, for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Throws unless every size is a whole number >= 0. */
export function checkShape(shape: Shape, op: string): void {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new ShapeError(`${op}: sizes must be whole numbers >= 0, got ${formatShape(shape)}`)
    }
  }
}

/** An axis as 0..rank-1; negative ones count from the end. */
export function normalizeAxis(axis: number, rank: number, op: string): number {
  const normalized = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw new ShapeError(`${op}: axis ${axis} does not exist in a tensor of rank ${rank}; use ${-rank} to ${rank - 1}`)
  }
  return normalized
}

/** Axes as distinct, ascending 0..rank-1; `undefined` means all of them. */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number, op: string): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis)
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(axis, rank, op))
  const distinct = [...new Set(list)].sort((a, b) => a - b)
  if (distinct.length !== list.length) throw new ShapeError(`${op}: axes ${formatShape(list)} name one axis twice`)
  return distinct
}

/**
 * The shape both operands are expanded to: aligned at the last axis, sizes equal or one of them 1.
 *
 * @throws ShapeError naming both shapes and the axis
 */
export function broadcastShapes(a: Shape, b: Shape, op: string): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const result = new Array<number>(rank)
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const left = a[a.length - fromEnd] ?? 1
    const right = b[b.length - fromEnd] ?? 1
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
          `axis ${-fromEnd} has ${left} and ${right}; sizes must be equal or 1`,
      )
    }
    result[rank - fromEnd] = left === 1 ? right : left
  }
  return result
}

/** The axes of `to` along which a tensor of shape `from` was repeated; rank aligned at the end. */
export function expandedAxes(from: Shape, to: Shape): number[] {
  const added = to.length - from.length
  const axes: number[] = []
  for (let axis = 0; axis < to.length; axis++) {
    if (axis < added || (from[axis - added] === 1 && to[axis] !== 1)) axes.push(axis)
  }
  return axes
}
