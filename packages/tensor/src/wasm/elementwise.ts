import type { Kernel, Kernels } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

type Elementwise = 'neg' | 'exp' | 'log' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'round'

export function elementwise(machine: Machine): Pick<Kernels, Elementwise> {
  return {
    neg: unary('neg', 'negInteger'),
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    sin: unary('sin'),
    cos: unary('cos'),
    tanh: unary('tanh'),
    erf: unary('erf'),
    round: unary('round'),
  }

  function unary(float: RangeKernel, integer = float): Kernel<NoParameters> {
    return ([x], _, [y]) =>
      machine.run(x!.dtype === 'f32' ? float : integer, x!.size, 16384, pointerOf(x!), pointerOf(y!))
  }
}
