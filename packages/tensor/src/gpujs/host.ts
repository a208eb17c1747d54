import type { DeviceBuffer, Kernel, View } from '../backend.ts'
import { allocateArray, type TypedArray } from '../dtype.ts'
import type { Machine } from './machine.ts'

/** A kernel of the reference backend, which finds and leaves its tensors on the host. */
export function onHost<P>(machine: Machine, kernel: Kernel<P>): Kernel<P> {
  return (inputs, parameters, outputs) => {
    const results = outputs.map(({ dtype, size }) => allocateArray(dtype, size))
    kernel(
      inputs.map((input) => viewOf(input, machine.host(input))),
      parameters,
      outputs.map((output, place) => viewOf(output, results[place]!)),
    )
    outputs.forEach(({ buffer }, place) => machine.put(buffer, results[place]!))
  }
}

/** How the reference backend sees an array. */
function viewOf({ shape, dtype, size }: View, { buffer: data, byteLength: bytes }: TypedArray): View {
  return { buffer: { bytes, wide: false, data } as DeviceBuffer, shape, dtype, size }
}
