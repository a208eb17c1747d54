import { broadcastStrides } from '../axes.ts'
import type { Kernels, View } from '../backend.ts'
import { offsetOf, type Shape, sizeOf, stridesOf } from '../shape.ts'
import type { Machine } from './machine.ts'
import type { DeviceArray } from './target.ts'
import { walk } from './walk.ts'

export function movement(machine: Machine): Pick<Kernels, 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> {
  return {
    permute: ([x], { axes }, [y]) => {
      const strides = stridesOf(x!.shape)
      copy(
        x!,
        y!,
        axes.map((axis) => strides[axis]!),
      )
    },
    expand: ([x], _, [y]) => copy(x!, y!, broadcastStrides(x!.shape, y!.shape)),
    slice: ([x], { start }, [y]) => {
      const strides = stridesOf(x!.shape)
      copy(x!, y!, strides, offsetOf(start, strides))
    },
    pad: ([x], { before, value }, [y]) => {
      if (y!.size === 0) return
      const border = machine.device.upload(Float32Array.of(value))
      const { within, at, integers } = frame(x!.shape, y!.shape, before)
      const arrays = { x: machine.array(x!), border }
      machine.store(y!, machine.device.compute(y!.size, `${within} > 0 ? x[${at}] : border[0]`, arrays, integers))
      machine.device.free(border)
    },
    concat: (inputs, { axis }, [y]) => {
      if (y!.size === 0) return
      const parts = inputs
        .filter(({ size }) => size > 0)
        .map((input) => ({ array: machine.array(input), row: sizeOf(input.shape.slice(axis)) }))
      machine.store(y!, joined(parts, sizeOf(y!.shape.slice(0, axis))))
    },
  }

  /** y's elements are x's from `first` on, by strides. */
  function copy(x: View, y: View, strides: readonly number[], first = 0): void {
    const { at, integers } = walk(y.shape, { x: strides })
    machine.compute(y, `x[${at.x} + first]`, { x }, { ...integers, first })
  }

  /** Rows of the parts behind one another: halves first, so that no element is copied more than log n times. */
  function joined(parts: readonly Part[], outer: number): DeviceArray {
    if (parts.length === 1) {
      const { array: x, row } = parts[0]!
      return machine.device.compute(outer * row, 'x[this.thread.x]', { x })
    }
    const middle = parts.length >> 1
    const [a, b] = [parts.slice(0, middle), parts.slice(middle)].map((half) => ({
      row: half.reduce((sum, { row }) => sum + row, 0),
      array: half.length === 1 ? half[0]!.array : joined(half, outer),
      temporary: half.length > 1,
    })) as [Half, Half]
    const result = machine.device.compute(
      outer * (a.row + b.row),
      `remainder(this.thread.x, row) < rowA
        ? a[quotient(this.thread.x, row) * rowA + remainder(this.thread.x, row)]
        : b[quotient(this.thread.x, row) * rowB + remainder(this.thread.x, row) - rowA]`,
      { a: a.array, b: b.array },
      { row: a.row + b.row, rowA: a.row, rowB: b.row },
    )
    for (const { array, temporary } of [a, b]) if (temporary) machine.device.free(array)
    return result
  }
}

/** A tensor to be joined: how many of its elements lie in one row of the result. */
interface Part {
  readonly array: DeviceArray
  readonly row: number
}

interface Half extends Part {
  readonly temporary: boolean
}

/** For an element of y: whether it lies in x, and where, as expressions. */
function frame(
  from: Shape,
  to: Shape,
  before: Shape,
): { readonly within: string; readonly at: string; readonly integers: Record<string, number> } {
  const integers: Record<string, number> = {}
  const inner = stridesOf(to)
  const strides = stridesOf(from)
  const axes = to.map((size, axis) => {
    const numbers = { inner: inner[axis]!, size, before: before[axis]!, stride: strides[axis]!, count: from[axis]! }
    for (const [name, value] of Object.entries(numbers)) integers[name + axis] = value
    return axis
  })
  const place = (axis: number): string => `this.thread.x, inner${axis}, size${axis}, before${axis}`
  return {
    within: axes.map((axis) => `inside(${place(axis)}, count${axis})`).join(' * ') || '1',
    at: axes.map((axis) => `shifted(${place(axis)}, stride${axis})`).join(' + ') || '0',
    integers,
  }
}
