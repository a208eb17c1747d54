import type { Kernel, View } from '../backend.ts'
import { cast } from './cast.ts'
import type { Machine } from './machine.ts'

/** Kernels for f32 that take f16, too: operands are cast to f32 in memory that is lent, and results back from there. */
export function byCasting<K extends object>(machine: Machine, kernels: K): K {
  const convert = cast(machine).cast
  const copy = (from: View, to: View): void => {
    if (from !== to && to.size > 0) convert([from], { dtype: to.dtype }, [to])
  }
  const taking =
    (kernel: Kernel<unknown>): Kernel<unknown> =>
    (inputs, parameters, outputs) => {
      withFloats(machine, [...inputs, ...outputs], (floats) => {
        const [given, results] = [floats.slice(0, inputs.length), floats.slice(inputs.length)]
        inputs.forEach((input, place) => copy(input, given[place]!))
        kernel(given, parameters, results)
        outputs.forEach((output, place) => copy(results[place]!, output))
      })
    }
  const each = Object.entries(kernels).map(([name, kernel]) => [name, taking(kernel as Kernel<unknown>)])
  return Object.fromEntries(each) as K
}

/** The same tensors, but f32 in the place of each f16, not filled. */
function withFloats(machine: Machine, [first, ...rest]: readonly View[], use: (floats: readonly View[]) => void): void {
  if (!first) use([])
  else if (first.dtype !== 'f16') withFloats(machine, rest, (others) => use([first, ...others]))
  else {
    const { shape, size } = first
    machine.withScratch(4 * size, (buffer) => {
      withFloats(machine, rest, (others) => use([{ buffer, shape, size, dtype: 'f32' }, ...others]))
    })
  }
}
