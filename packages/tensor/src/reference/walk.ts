import { type Shape, stridesOf } from '../shape.ts'

/** The index of each element of `to`, row by row, in a tensor of shape `from` that broadcasts to it. */
export function broadcastIndices(from: Shape, to: Shape): Generator<number> {
  const added = to.length - from.length
  const own = stridesOf(from)
  return stridedIndices(
    to,
    to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added]!)),
  )
}

/** start + Σ position[axis] · stride[axis] for every position in a shape, row by row. */
export function* stridedIndices(shape: Shape, strides: readonly number[], start = 0): Generator<number> {
  if (shape.includes(0)) return
  const position = shape.map(() => 0)
  let index = start
  for (;;) {
    yield index
    let axis = shape.length - 1
    while (axis >= 0 && position[axis] === shape[axis]! - 1) {
      index -= position[axis]! * strides[axis]!
      position[axis] = 0
      axis--
    }
    if (axis < 0) return
    position[axis]!++
    index += strides[axis]!
  }
}
