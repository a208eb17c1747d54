import { type Axis, broadcastStrides, mergedAxes } from '../axes.ts'
import type { View } from '../backend.ts'
import { type Shape, sameShape } from '../shape.ts'
import { parameterBytes } from './device/encode.ts'
import type { Mode } from './wgsl/operand.ts'

/** Rows of `parameters.axes` that there is room for, beside four words of other parameters. */
const mostAxes = parameterBytes / 16 - 1

/** How operands are read that broadcast to an output, of which four elements are made at a time. */
export interface Broadcast {
  readonly modes: readonly Mode[]
  readonly axes: readonly Axis[]
}

/** How to read operands of these shapes for an output of that one. */
export function broadcast(operands: readonly Pick<View, 'shape' | 'size'>[], output: Shape): Broadcast {
  const whole = operands.map(({ shape, size }): Mode | undefined =>
    sameShape(shape, output) ? 'same' : size === 1 ? 'one' : undefined,
  )
  if (whole.every((mode) => mode !== undefined)) return { modes: whole, axes: [] }
  const axes = mergedAxes(
    output,
    operands.map(({ shape }) => broadcastStrides(shape, output)),
  )
  const last = axes.at(-1)!
  const modes = whole.map((mode, operand) => mode ?? modeOf(last, operand))
  return { modes, axes }
}

/** Four neighbours lie in one row of the output only if its rows are made of fours. */
function modeOf({ size, strides }: Axis, operand: number): Mode {
  if (size % 4 !== 0) return 'walk'
  return strides[operand] === 0 ? 'splat' : strides[operand] === 1 ? 'row' : 'walk'
}

/**
 * The words of `parameters.axes`: size and three strides of each.
 *
 * @throws RangeError for more axes than parameters have room for
 */
export function axisWords(axes: readonly Axis[]): number[] {
  if (axes.length > mostAxes) {
    throw new RangeError(
      `webgpu: the operands differ along ${axes.length} axes, ${mostAxes} at most are possible; join axes with reshape first`,
    )
  }
  return axes.flatMap(({ size, strides: [a = 0, b = 0, c = 0] }) => [size, a, b, c])
}
