import type { Kernel, Kernels } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

type Elementwise = 'neg' | 'exp' | 'log' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'round'

export function elementwise(machine: Machine): Pick<Kernels, Elementwise> {
  return {
    neg: unary(grainOf('memory'), 'neg', 'negInteger'),
    exp: unary(grainOf('arithmetic'), 'exp'),
    log: unary(grainOf('arithmetic'), 'log'),
    sqrt: unary(grainOf('memory'), 'sqrt'),
    sin: unary(grainOf('arithmetic'), 'sin'),
    cos: unary(grainOf('arithmetic'), 'cos'),
    tanh: unary(grainOf('arithmetic'), 'tanh'),
    erf: unary(grainOf('arithmetic'), 'erf'),
    round: unary(grainOf('memory'), 'round'),
  }

  function unary(grain: number, float: RangeKernel, integer = float): Kernel<NoParameters> {
    return ([x], _, [y]) =>
      machine.run(x!.dtype === 'f32' ? float : integer, x!.size, grain, pointerOf(x!), pointerOf(y!))
  }
}
