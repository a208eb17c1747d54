import type { Kernels } from '../backend.ts'
import { encodeFloat16 } from '../float16.ts'
import { offsetOf, stridesOf } from '../shape.ts'
import { elements } from './memory.ts'
import { broadcastIndices, stridedIndices } from './walk.ts'

export const movement: Pick<Kernels, 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> = {
  permute: ([x], { axes }, [y]) => {
    const strides = stridesOf(x!.shape)
    copyFrom(
      elements(x!),
      elements(y!),
      stridedIndices(
        y!.shape,
        axes.map((axis) => strides[axis]!),
      ),
    )
  },
  expand: ([x], _, [y]) => copyFrom(elements(x!), elements(y!), broadcastIndices(x!.shape, y!.shape)),
  pad: ([x], { before, value }, [y]) => {
    const output = elements(y!)
    output.fill(x!.dtype === 'f16' ? encodeFloat16(value) : value)
    const strides = stridesOf(y!.shape)
    copyTo(elements(x!), output, stridedIndices(x!.shape, strides, offsetOf(before, strides)))
  },
  slice: ([x], { start }, [y]) => {
    const strides = stridesOf(x!.shape)
    copyFrom(elements(x!), elements(y!), stridedIndices(y!.shape, strides, offsetOf(start, strides)))
  },
  concat: (inputs, { axis }, [y]) => {
    const strides = stridesOf(y!.shape)
    let place = 0
    for (const x of inputs) {
      copyTo(elements(x), elements(y!), stridedIndices(x.shape, strides, place * strides[axis]!))
      place += x.shape[axis]!
    }
  },
}

type Elements = ReturnType<typeof elements>

function copyFrom(input: Elements, output: Elements, indices: Iterable<number>): void {
  let i = 0
  for (const index of indices) output[i++] = input[index]!
}

function copyTo(input: Elements, output: Elements, indices: Iterable<number>): void {
  let i = 0
  for (const index of indices) output[index] = input[i++]!
}
