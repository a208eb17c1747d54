import type { Kernel, Kernels } from '../backend.ts'
import type { Machine } from './machine.ts'

type Elementwise = 'neg' | 'exp' | 'log' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'round' | 'cast'

export function elementwise(machine: Machine): Pick<Kernels, Elementwise> {
  return {
    neg: unary('negative'),
    exp: unary('exponential'),
    log: unary('logarithm'),
    sqrt: unary('squareRoot'),
    sin: unary('sine'),
    cos: unary('cosine'),
    tanh: unary('hyperbolicTangent'),
    erf: unary('errorFunction'),
    round: unary('rounded'),
    // Both types are floats on the device.
    cast: ([x], { dtype }, [y]) =>
      machine.compute(y!, dtype === 'bool' ? 'isNotZero(x[this.thread.x])' : 'x[this.thread.x]', { x: x! }),
  }

  function unary(name: string): Kernel<unknown> {
    return ([x], _, [y]) => machine.compute(y!, `${name}(x[this.thread.x])`, { x: x! })
  }
}
