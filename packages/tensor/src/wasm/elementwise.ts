import type { Kernel, Kernels } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import { type Machine, pointerOf, type RangeKernel, worthAThread } from './machine.ts'

type Elementwise = 'neg' | 'exp' | 'log' | 'sqrt' | 'sin' | 'tanh' | 'erf' | 'round'

const arithmetic = worthAThread(4 * 8)

export function elementwise(machine: Machine): Pick<Kernels, Elementwise> {
  return {
    neg: unary(worthAThread(8), 'neg', 'negInteger'),
    exp: unary(arithmetic, 'exp'),
    log: unary(arithmetic, 'log'),
    sqrt: unary(worthAThread(8), 'sqrt'),
    sin: unary(arithmetic, 'sin'),
    tanh: unary(arithmetic, 'tanh'),
    erf: unary(arithmetic, 'erf'),
    round: unary(worthAThread(8), 'round'),
  }

  function unary(grain: number, float: RangeKernel, integer = float): Kernel<NoParameters> {
    return ([x], _, [y]) =>
      machine.run(x!.dtype === 'f32' ? float : integer, x!.size, grain, pointerOf(x!), pointerOf(y!))
  }
}
