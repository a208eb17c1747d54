import { type Axis, broadcastStrides, mergedAxes } from '../axes.ts'
import type { View } from '../backend.ts'
import type { Shape } from '../shape.ts'
import type { Named } from './device.ts'

/** Where each operand's element for an output's element lies, as expressions, and the numbers that they contain. */
export interface Walk {
  readonly at: Named<string>
  readonly integers: Named<number>
}

/**
 * A walk over the elements of a shape in row-major order, in which operands lie by strides. Axes that all operands go
 * through alike are one, so that few kernels are compiled: one for each number of axes.
 *
 * @param strides for each operand, its strides along the axes of the shape, in elements
 */
export function walk(shape: Shape, strides: Named<readonly number[]>): Walk {
  const names = Object.keys(strides)
  const axes = mergedAxes(shape, Object.values(strides))
  return axes.length > 1 ? overAxes(axes, names) : overRow(axes[0], names)
}

/** The same for operands that broadcast to an output. */
export function broadcastWalk(operands: Named<View>, { shape }: View): Walk {
  const strides = Object.entries(operands).map(([name, each]) => [name, broadcastStrides(each.shape, shape)] as const)
  return walk(shape, Object.fromEntries(strides))
}

function overRow(axis: Axis | undefined, names: readonly string[]): Walk {
  return {
    at: Object.fromEntries(names.map((name) => [name, `this.thread.x * ${name}Stride`])),
    integers: Object.fromEntries(names.map((name, operand) => [`${name}Stride`, axis?.strides[operand] ?? 0])),
  }
}

function overAxes(axes: readonly Axis[], names: readonly string[]): Walk {
  const integers: Record<string, number> = {}
  let inner = 1
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { size, strides } = axes[axis]!
    integers[`inner${axis}`] = inner
    integers[`size${axis}`] = size
    names.forEach((name, operand) => {
      integers[`${name}Stride${axis}`] = strides[operand]!
    })
    inner *= size
  }
  const along = (name: string, axis: number): string =>
    `along(this.thread.x, inner${axis}, size${axis}, ${name}Stride${axis})`
  const at = names.map((name) => [name, axes.map((_, axis) => along(name, axis)).join(' + ')] as const)
  return { at: Object.fromEntries(at), integers }
}
