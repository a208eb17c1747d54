import type { Kernel, View } from '../backend.ts'
import { cast } from './cast.ts'
import type { Machine } from './machine.ts'

/** Kernels for f32 that take f16, too: operands are cast to f32 in memory that is lent, and results back from there. */
export function byCasting<K extends object>(machine: Machine, kernels: K): K {
  const convert = cast(machine).cast
  const taking =
    (kernel: Kernel<unknown>): Kernel<unknown> =>
    (inputs, parameters, outputs) => {
      const lent = (views: readonly View[], use: (floats: readonly View[]) => void): void => {
        const [half, ...rest] = views
        if (!half) return use([])
        if (half.dtype !== 'f16') return lent(rest, (others) => use([half, ...others]))
        const { shape, size } = half
        machine.withScratch(4 * size, (buffer) => {
          lent(rest, (others) => use([{ buffer, shape, size, dtype: 'f32' }, ...others]))
        })
      }
      lent([...inputs, ...outputs], (floats) => {
        const copy = (from: View, to: View): void => {
          if (from !== to && to.size > 0) convert([from], { dtype: to.dtype }, [to])
        }
        inputs.forEach((input, place) => copy(input, floats[place]!))
        const results = floats.slice(inputs.length)
        kernel(floats.slice(0, inputs.length), parameters, results)
        outputs.forEach((output, place) => copy(results[place]!, output))
      })
    }
  const each = Object.entries(kernels).map(([name, kernel]) => [name, taking(kernel as Kernel<unknown>)])
  return Object.fromEntries(each) as K
}
