import type { Kernel, Kernels } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

export function elementwise(machine: Machine): Pick<Kernels, 'neg' | 'sqrt'> {
  return { neg: unary('neg'), sqrt: unary('sqrt') }

  function unary(kernel: RangeKernel): Kernel<NoParameters> {
    return ([x], _, [y]) => machine.run(kernel, x!.size, 16384, pointerOf(x!), pointerOf(y!))
  }
}
