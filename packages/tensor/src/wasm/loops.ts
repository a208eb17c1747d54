import { type Axis, broadcastStrides, mergedAxes } from '../axes.ts'
import type { View } from '../backend.ts'
import { dtypes } from '../dtype.ts'
import { sameShape } from '../shape.ts'
import type { Machine } from './machine.ts'

/**
 * Lends memory with a description of a walk, in the format of assembly/loops.ts, for the time of a call.
 *
 * @param axes from the outermost to the innermost, which makes the rows; with none, a row is one element
 * @param bytes of an element, for each operand
 */
export function withLoops<T>(
  machine: Machine,
  axes: readonly Axis[],
  bytes: readonly number[],
  use: (loops: number) => T,
): T {
  const outer = Math.max(axes.length - 1, 0)
  const length = 2 + bytes.length + outer * (1 + bytes.length)
  return machine.withScratch(length * 4, (pointer) => {
    const { words } = machine
    const row = axes[outer]
    let place = pointer >>> 2
    words[place++] = outer
    words[place++] = row ? row.size : 1
    for (let operand = 0; operand < bytes.length; operand++) words[place++] = row ? row.strides[operand]! : 1
    for (let axis = outer - 1; axis >= 0; axis--) {
      const { size, strides } = axes[axis]!
      words[place++] = size
      for (let operand = 0; operand < bytes.length; operand++) words[place++] = strides[operand]! * bytes[operand]!
    }
    return use(pointer)
  })
}

function broadcastAxes(operands: readonly View[], { shape, size }: View): readonly Axis[] {
  // Most operands have the output's shape: then the walk is one row.
  if (operands.every((operand) => sameShape(operand.shape, shape))) return [{ size, strides: operands.map(() => 1) }]
  return mergedAxes(
    shape,
    operands.map((operand) => broadcastStrides(operand.shape, shape)),
  )
}

/** The same for operands that broadcast to an output. */
export function withBroadcast<T>(
  machine: Machine,
  operands: readonly View[],
  output: View,
  use: (loops: number) => T,
): T {
  const bytes = operands.map(({ dtype }) => dtypes[dtype].bytes)
  return withLoops(machine, broadcastAxes(operands, output), bytes, use)
}
