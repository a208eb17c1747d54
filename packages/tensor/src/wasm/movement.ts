import type { Kernels, View } from '../backend.ts'
import { allocateArray, dtypes } from '../dtype.ts'
import { sizeOf, stridesOf } from '../shape.ts'
import { type Axis, mergedAxes, withBroadcast, withLoops } from './loops.ts'
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

export function movement(machine: Machine): Pick<Kernels, 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> {
  return {
    permute: ([x], { axes }, [y]) => {
      const strides = stridesOf(x!.shape)
      const merged = mergedAxes(y!.shape, [axes.map((axis) => strides[axis]!), stridesOf(y!.shape)])
      const contiguous = (merged.at(-1)?.strides[0] ?? 1) === 1
      if (contiguous) copyRows(x!, pointerOf(x!), pointerOf(y!), merged)
      else transpose(x!, y!, merged)
    },
    expand: ([x], _, [y]) => {
      withBroadcast(machine, [x!], y!, (loops) =>
        machine.run(repeatKernels[dtypes[y!.dtype].bytes]!, y!.size, 16384, pointerOf(x!), pointerOf(y!), loops),
      )
    },
    pad: ([x], { before, value }, [y]) => {
      machine.run('fill', y!.size * dtypes[y!.dtype].bytes, 65536, patternOf(y!, value), pointerOf(y!))
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

  /** Copies as many elements as `like` has; rows are those of the innermost axis, which has no gaps on either side. */
  function copyRows(like: View, from: number, to: number, merged: readonly Axis[]): void {
    const bytes = dtypes[like.dtype].bytes
    const row = merged.at(-1)
    // An axis that is not contiguous on a side makes rows of one element.
    const axes = row?.strides.some((stride) => stride !== 1) ? [...merged, { size: 1, strides: [1, 1] }] : merged
    const length = axes.at(-1)?.size ?? 1
    const inBytes = axes.map(({ size, strides }, index) =>
      index === axes.length - 1 ? { size: size * bytes, strides } : { size, strides },
    )
    const rows = inBytes.length ? inBytes : [{ size: bytes, strides: [1, 1] }]
    withLoops(machine, rows, [bytes, bytes], (loops) => machine.run('copyRows', like.size / length, 1, from, to, loops))
  }

  /** Planes of the output's innermost axis and of the axis along which the input has no gaps. */
  function transpose(x: View, y: View, merged: readonly Axis[]): void {
    const bytes = dtypes[x.dtype].bytes
    const {
      size: width,
      strides: [stride],
    } = merged.at(-1)!
    const rows = merged.find(({ strides }) => strides[0] === 1)!
    const {
      size: height,
      strides: [, pitch],
    } = rows
    const planes = merged.slice(0, -1).filter((axis) => axis !== rows)
    withLoops(machine, [...planes, { size: 1, strides: [1, 1] }], [bytes, bytes], (loops) => {
      const items = height * sizeOf(planes.map(({ size }) => size))
      machine.run(
        transposeKernels[bytes]!,
        items,
        16,
        pointerOf(x),
        pointerOf(y),
        height,
        width,
        stride!,
        pitch!,
        loops,
      )
    })
  }
}

/** The address of the element at a position. */
function placeOf(tensor: View, position: readonly number[]): number {
  const strides = stridesOf(tensor.shape)
  const elements = position.reduce((total, place, axis) => total + place * strides[axis]!, 0)
  return pointerOf(tensor) + elements * dtypes[tensor.dtype].bytes
}

/** Four bytes of repeated elements of a tensor's type. */
function patternOf({ dtype }: View, value: number): number {
  const elements = allocateArray(dtype, 4 / dtypes[dtype].bytes).fill(value)
  return new Uint32Array(elements.buffer)[0]!
}
