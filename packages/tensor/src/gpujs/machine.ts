import type { DeviceBuffer, View } from '../backend.ts'
import { allocateArray, type DType, type TypedArray } from '../dtype.ts'
import type { Device, Named } from './device.ts'
import type { DeviceArray } from './target.ts'

/** Whole numbers up to here are exact in a float32. */
export const exactLimit: number = 2 ** 24

/** The elements of a tensor: on the host, on the device, or both. Those of one that was never written are zeros. */
class Elements implements DeviceBuffer {
  readonly bytes: number
  host: TypedArray | undefined
  device: DeviceArray | undefined

  constructor(bytes: number) {
    this.bytes = bytes
  }
}

type Held = Pick<View, 'buffer' | 'dtype' | 'size'>

/** Moves tensors between the host and a device, each only when it is needed there. */
export class Machine {
  readonly device: Device

  constructor(device: Device) {
    this.device = device
  }

  allocate(bytes: number): DeviceBuffer {
    return new Elements(bytes)
  }

  free(buffer: DeviceBuffer): void {
    const elements = buffer as Elements
    if (elements.device) this.device.free(elements.device)
    elements.host = undefined
    elements.device = undefined
  }

  /** Takes an array as the elements of a tensor. Nobody may write to it afterwards. */
  put(buffer: DeviceBuffer, data: TypedArray): void {
    this.free(buffer)
    ;(buffer as Elements).host = data
  }

  /** The elements on the host, not to be written to. */
  host({ buffer, dtype, size }: Held): TypedArray {
    const elements = buffer as Elements
    elements.host ??= elements.device
      ? decoded(dtype, this.device.read(elements.device, size))
      : allocateArray(dtype, size)
    return elements.host
  }

  /** The elements on the device. Of i32, what float32 holds: those beyond 2²⁴ become ±2²⁴. */
  array(held: Held): DeviceArray {
    const elements = held.buffer as Elements
    elements.device ??= this.device.upload(encoded(this.host(held)))
    return elements.device
  }

  /** Computes a tensor on the device: see `Device.compute`. */
  compute(output: View, expression: string, inputs: Named<View>, integers: Named<number> = {}): void {
    if (output.size === 0) return
    const arrays = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, this.array(input)]))
    this.store(output, this.device.compute(output.size, expression, arrays, integers))
  }

  /** Takes an array of the device as the elements of a tensor. */
  store({ buffer }: View, array: DeviceArray): void {
    this.free(buffer)
    ;(buffer as Elements).device = array
  }
}

/** What the device works with: truth is 1 or 0. */
function encoded(data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data
  return Float32Array.from(data, (value) => Math.min(Math.max(value, -exactLimit), exactLimit))
}

function decoded(dtype: DType, numbers: Float32Array): TypedArray {
  return dtype === 'bool' ? Uint8Array.from(numbers) : numbers
}
