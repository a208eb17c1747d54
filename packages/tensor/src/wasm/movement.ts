import { type Axis, mergedAxes } from '../axes.ts'
import type { Kernels, View } from '../backend.ts'
import { allocateArray, dtypes } from '../dtype.ts'
import { offsetOf, sizeOf, stridesOf } from '../shape.ts'
import { grainOf } from './grain.ts'
import { withBroadcast, withLoops } from './loops.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

const repeatKernels: { readonly [bytes: number]: RangeKernel } = {
  1: 'repeatBytes',
  2: 'repeatHalves',
  4: 'repeatWords',
}
const transposeKernels: { readonly [bytes: number]: RangeKernel } = {
  1: 'transposeBytes',
  2: 'transposeHalves',
  4: 'transposeWords',
}

const elements = grainOf('memory')

export function movement(machine: Machine): Pick<Kernels, 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> {
  return {
    permute: ([x], { axes }, [y]) => {
      if (y!.size === 0) return
      const strides = stridesOf(x!.shape)
      const merged = mergedAxes(y!.shape, [axes.map((axis) => strides[axis]!), stridesOf(y!.shape)])
      const contiguous = (merged.at(-1)?.strides[0] ?? 1) === 1
      if (contiguous) copyRows(x!, pointerOf(x!), pointerOf(y!), merged)
      else transpose(x!, y!, merged)
    },
    expand: ([x], _, [y]) => {
      withBroadcast(machine, [x!], y!, (loops) =>
        machine.run(repeatKernels[dtypes[y!.dtype].bytes]!, y!.size, elements, pointerOf(x!), pointerOf(y!), loops),
      )
    },
    pad: ([x], { before, value }, [y]) => {
      machine.run('fill', y!.size * dtypes[y!.dtype].bytes, 4 * elements, patternOf(y!, value), pointerOf(y!))
      const strides = stridesOf(y!.shape)
      copyRows(x!, pointerOf(x!), placeOf(y!, before), mergedAxes(x!.shape, [stridesOf(x!.shape), strides]))
    },
    slice: ([x], { start }, [y]) => {
      const strides = stridesOf(x!.shape)
      copyRows(y!, placeOf(x!, start), pointerOf(y!), mergedAxes(y!.shape, [strides, stridesOf(y!.shape)]))
    },
    concat: (inputs, { axis }, [y]) => {
      const strides = stridesOf(y!.shape)
      const position = y!.shape.map(() => 0)
      for (const x of inputs) {
        copyRows(x, pointerOf(x), placeOf(y!, position), mergedAxes(x.shape, [stridesOf(x.shape), strides]))
        position[axis]! += x.shape[axis]!
      }
    },
  }

  /** Copies as many elements as `like` has, by rows of the innermost axis, or of one element where that has gaps. */
  function copyRows(like: View, from: number, to: number, merged: readonly Axis[]): void {
    const bytes = dtypes[like.dtype].bytes
    const innermost = merged.at(-1)
    const gapless = innermost?.strides.every((stride) => stride === 1) ?? false
    const length = gapless ? innermost!.size : 1
    const row: Axis = { size: length * bytes, strides: [1, 1] }
    withLoops(machine, [...(gapless ? merged.slice(0, -1) : merged), row], [bytes, bytes], (loops) =>
      machine.run('copyRows', like.size / length, grainOf('memory', length), from, to, loops),
    )
  }

  /** Planes of the output's innermost axis and of the axis along which the input has no gaps. */
  function transpose(x: View, y: View, merged: readonly Axis[]): void {
    const bytes = dtypes[x.dtype].bytes
    const columns = merged.at(-1)!
    const rows = merged.find(({ strides }) => strides[0] === 1)!
    const planes = merged.filter((axis) => axis !== rows && axis !== columns)
    const sizes = [rows.size, columns.size, columns.strides[0]!, rows.strides[1]!]
    const items = rows.size * sizeOf(planes.map(({ size }) => size))
    const grain = grainOf('memory', columns.size, 16)
    machine.reserve(machine.exports.transposeArena() >>> 0)
    withLoops(machine, [...planes, { size: 1, strides: [1, 1] }], [bytes, bytes], (loops) =>
      machine.run(transposeKernels[bytes]!, items, grain, pointerOf(x), pointerOf(y), ...sizes, loops),
    )
  }
}

/** The address of the element at a position. */
function placeOf(tensor: View, position: readonly number[]): number {
  return pointerOf(tensor) + offsetOf(position, stridesOf(tensor.shape)) * dtypes[tensor.dtype].bytes
}

/** Four bytes of repeated elements of a tensor's type. */
function patternOf({ dtype }: View, value: number): number {
  const elements = allocateArray(dtype, 4 / dtypes[dtype].bytes).fill(value)
  return new Uint32Array(elements.buffer)[0]!
}
