import type { Kernel, Kernels } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import type { Machine } from './machine.ts'
import { broadcastWalk } from './walk.ts'

type Pairwise = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'less' | 'equal' | 'where'

/** Operations on two or three tensors that broadcast. */
export function pairwise(machine: Machine): Pick<Kernels, Pairwise> {
  return {
    add: pair('plus'),
    sub: pair('minus'),
    mul: pair('times'),
    div: pair('over'),
    max: pair('larger'),
    less: pair('isLess'),
    equal: pair('isEqual'),
    where: ([condition, a, b], _, [y]) => {
      const operands = { condition: condition!, a: a!, b: b! }
      const { at, integers } = broadcastWalk(operands, y!)
      machine.compute(y!, `choice(condition[${at.condition}], a[${at.a}], b[${at.b}])`, operands, integers)
    },
  }

  function pair(name: string): Kernel<NoParameters> {
    return ([a, b], _, [y]) => {
      const operands = { a: a!, b: b! }
      const { at, integers } = broadcastWalk(operands, y!)
      machine.compute(y!, `${name}(a[${at.a}], b[${at.b}])`, operands, integers)
    }
  }
}
