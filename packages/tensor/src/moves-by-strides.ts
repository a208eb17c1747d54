import { broadcastStrides } from './axes.ts'
import type { Kernels, View } from './backend.ts'
import { offsetOf, stridesOf } from './shape.ts'

/** Fills an output from an input read with other strides, from an offset on, in elements. */
export type CopyByStrides = (x: View, y: View, strides: readonly number[], offset?: number) => void

/** The moves that are a walk over the input with strides of its own: what they are on a device with such a copy. */
export function movesByStrides(copy: CopyByStrides): Pick<Kernels, 'permute' | 'expand' | 'slice'> {
  return {
    permute: ([x], { axes }, [y]) => {
      const strides = stridesOf(x!.shape)
      const permuted = axes.map((axis) => strides[axis]!)
      copy(x!, y!, permuted)
    },
    expand: ([x], _, [y]) => copy(x!, y!, broadcastStrides(x!.shape, y!.shape)),
    slice: ([x], { start }, [y]) => {
      const strides = stridesOf(x!.shape)
      copy(x!, y!, strides, offsetOf(start, strides))
    },
  }
}
