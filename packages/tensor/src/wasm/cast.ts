import type { Kernels } from '../backend.ts'
import { type DType, dtypes } from '../dtype.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

/** The kernels' numbers for element types: those below `i32` are floating-point. */
const codes: { readonly [D in DType]: number } = { f32: 0, f16: 1, bf16: 2, i32: 3, u32: 4, bool: 5, i8: 6, u8: 7 }

export function cast(machine: Machine): Pick<Kernels, 'cast'> {
  return {
    cast: ([x], { dtype }, [y]) => {
      const [from, to] = [codes[x!.dtype], codes[dtype]]
      if (from === to)
        return machine.run(
          'copyBytes',
          x!.size * dtypes[dtype].bytes,
          4 * grainOf('memory'),
          pointerOf(x!),
          pointerOf(y!),
        )
      const kernel = Math.min(from, to) < codes.i32 ? 'castFloats' : 'castIntegers'
      machine.run(kernel, x!.size, grainOf('arithmetic'), from, to, pointerOf(x!), pointerOf(y!))
    },
  }
}
