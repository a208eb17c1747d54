import type { Kernel, Kernels, View } from '../backend.ts'
import { decodeFloat16, encodeFloat16 } from '../float16.ts'
import { elements, Memory } from './memory.ts'

/**
 * The same kernels for f16, too: f16 operands become f32, and what they give in the place of an f16 output is rounded
 * once. (A float16 is a float64 on a backend of float64.)
 */
export function withHalf<K extends Partial<Kernels>>(kernels: K): K {
  const each = Object.entries(kernels).map(([name, kernel]) => [name, takingHalf(kernel as Kernel<unknown>)])
  return Object.fromEntries(each) as K
}

function takingHalf(kernel: Kernel<unknown>): Kernel<unknown> {
  return (inputs, parameters, outputs) => {
    if (![...inputs, ...outputs].some(isHalf)) return kernel(inputs, parameters, outputs)
    const results = outputs.map((output) => (isHalf(output) ? asFloat(output) : output))
    kernel(
      inputs.map((input) => (isHalf(input) ? decoded(input) : input)),
      parameters,
      results,
    )
    outputs.forEach((output, place) => {
      if (!isHalf(output)) return
      const [numbers, stored] = [elements(results[place]!), elements(output)]
      for (let i = 0; i < stored.length; i++) stored[i] = encodeFloat16(numbers[i]!)
    })
  }
}

function isHalf({ dtype }: View): boolean {
  return dtype === 'f16'
}

/** An f32 tensor of the same shape, not filled. */
function asFloat({ buffer, shape, size }: View): View {
  return { buffer: new Memory(4 * size, (buffer as Memory).wide), shape, dtype: 'f32', size }
}

function decoded(half: View): View {
  const float = asFloat(half)
  const [stored, numbers] = [elements(half), elements(float)]
  for (let i = 0; i < numbers.length; i++) numbers[i] = decodeFloat16(stored[i]!)
  return float
}
