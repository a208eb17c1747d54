import type { DeviceBuffer, View } from '../backend.ts'
import { type TypedArray, viewAs } from '../dtype.ts'

/** Memory of the reference backend. With `wide`, an f32 tensor in it has elements of float64. */
export class Memory implements DeviceBuffer {
  readonly bytes: number
  readonly wide: boolean
  readonly data: ArrayBuffer

  constructor(bytes: number, wide: boolean) {
    this.bytes = bytes
    this.wide = wide
    this.data = new ArrayBuffer(wide ? 2 * bytes : bytes)
  }
}

/** The elements of a tensor. */
export function elements({ buffer, dtype, size }: Pick<View, 'buffer' | 'dtype' | 'size'>): TypedArray | Float64Array {
  const { data, wide } = buffer as Memory
  return wide && dtype === 'f32' ? new Float64Array(data, 0, size) : viewAs(dtype, data, 0, size)
}
