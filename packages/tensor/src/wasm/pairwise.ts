import type { Kernel, Kernels } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { NoParameters } from '../primitives.ts'
import { grainOf } from './grain.ts'
import { withBroadcast } from './loops.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

type Pairwise = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'less' | 'equal'
type Variants = { readonly [D in DType]?: RangeKernel }

/** The kernel for each operation and type of its operands. */
const table: { readonly [P in Pairwise]: Variants } = {
  add: { f32: 'add', i32: 'addInteger', u32: 'addInteger' },
  sub: { f32: 'sub', i32: 'subInteger', u32: 'subInteger' },
  mul: { f32: 'mul', i32: 'mulInteger', u32: 'mulInteger' },
  div: { f32: 'div', i32: 'divSigned', u32: 'divUnsigned' },
  max: { f32: 'max', i32: 'maxSigned', u32: 'maxUnsigned' },
  less: { f32: 'less', i32: 'lessSigned', u32: 'lessUnsigned' },
  equal: { f32: 'equal', i32: 'equalInteger', u32: 'equalInteger', bool: 'equalBool' },
}

export function pairwise(machine: Machine): Pick<Kernels, Pairwise | 'where'> {
  return {
    add: kernel(table.add),
    sub: kernel(table.sub),
    mul: kernel(table.mul),
    div: kernel(table.div),
    max: kernel(table.max),
    less: kernel(table.less),
    equal: kernel(table.equal),
    where: ([condition, a, b], _, [y]) => {
      const operands = [condition!, a!, b!]
      withBroadcast(machine, operands, y!, (loops) =>
        machine.run(
          y!.dtype === 'bool' ? 'whereBytes' : 'where',
          y!.size,
          grainOf('memory'),
          ...operands.map(pointerOf),
          pointerOf(y!),
          loops,
        ),
      )
    },
  }

  function kernel(variants: Variants): Kernel<NoParameters> {
    return ([a, b], _, [y]) => {
      withBroadcast(machine, [a!, b!], y!, (loops) =>
        machine.run(
          variants[a!.dtype]!,
          y!.size,
          grainOf('memory'),
          pointerOf(a!),
          pointerOf(b!),
          pointerOf(y!),
          loops,
        ),
      )
    }
  }
}
