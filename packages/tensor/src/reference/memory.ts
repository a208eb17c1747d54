import type { DeviceBuffer, View } from '../backend.ts'
import { type TypedArray, viewAs } from '../dtype.ts'

/** Memory of the reference backend. */
export class Memory implements DeviceBuffer {
  readonly bytes: number
  readonly data: ArrayBuffer

  constructor(bytes: number) {
    this.bytes = bytes
    this.data = new ArrayBuffer(bytes)
  }
}

/** The elements of a tensor. */
export function elements({ buffer, dtype, size }: View): TypedArray {
  return viewAs(dtype, (buffer as Memory).data, 0, size)
}
