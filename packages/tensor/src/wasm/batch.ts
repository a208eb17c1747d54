import { type Shape, sizeOf, stridesOf } from '../shape.ts'

/** Matrices one behind the other in the output, whose operands lie at even distances (0: the same one for all). */
export interface BatchRun {
  readonly matrices: number
  /** index of the first matrix of the left operand, of the right, of the output */
  readonly left: number
  readonly right: number
  readonly output: number
  /** matrices from one to the next */
  readonly leftStep: number
  readonly rightStep: number
}

interface Axis {
  readonly length: number
  readonly leftStep: number
  readonly rightStep: number
}

/**
 * The broadcast leading axes of a product, as few runs as they make: one, unless the operands repeat along different
 * axes.
 *
 * @param left leading axes of the left operand
 * @param output leading axes of the output, to which both broadcast
 */
export function batchRuns(left: Shape, right: Shape, output: Shape): BatchRun[] {
  const axes = mergedAxes(left, right, output)
  const run = axes.pop() ?? { length: 1, leftStep: 0, rightStep: 0 }
  const place = { left: 0, right: 0 }
  const counters = axes.map(() => 0)
  const runs: BatchRun[] = []
  const total = sizeOf(output)
  for (let first = 0; first < total; first += run.length) {
    runs.push({ ...place, matrices: run.length, output: first, leftStep: run.leftStep, rightStep: run.rightStep })
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { length, leftStep, rightStep } = axes[axis]!
      place.left += leftStep
      place.right += rightStep
      if (++counters[axis]! < length) break
      counters[axis] = 0
      place.left -= leftStep * length
      place.right -= rightStep * length
    }
  }
  return runs
}

/** The output's axes with both operands' steps; axes that continue each other are one. */
function mergedAxes(left: Shape, right: Shape, output: Shape): Axis[] {
  const leftSteps = broadcastSteps(left, output.length)
  const rightSteps = broadcastSteps(right, output.length)
  const axes: Axis[] = []
  output.forEach((length, axis) => {
    if (length === 1) return
    const next = { length, leftStep: leftSteps[axis]!, rightStep: rightSteps[axis]! }
    const former = axes.at(-1)
    if (former && former.leftStep === next.leftStep * length && former.rightStep === next.rightStep * length) {
      axes[axes.length - 1] = { ...next, length: former.length * length }
    } else axes.push(next)
  })
  return axes
}

function broadcastSteps(shape: Shape, rank: number): number[] {
  const own = stridesOf(shape).map((step, axis) => (shape[axis] === 1 ? 0 : step))
  return [...new Array<number>(rank - shape.length).fill(0), ...own]
}
