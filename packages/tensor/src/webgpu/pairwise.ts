import type { Kernel, Kernels, View } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { NoParameters } from '../primitives.ts'
import { axisWords, broadcast } from './broadcast.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { halfSupport } from './wgsl/half.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'
import { elementType, type Mode, operandBinding, packBools, readQuad, stored } from './wgsl/operand.ts'
import { walkOver } from './wgsl/walk.ts'

type Pairwise = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'less' | 'equal'

/** Of a and b, four elements each: for f32 (and f16, which is computed as f32), and for integers. */
interface Formula {
  readonly float: string
  readonly integer: string
}

const formulas: { readonly [P in Pairwise | 'where']: Formula } = {
  add: { float: 'a + b', integer: 'a + b' },
  sub: { float: 'a - b', integer: 'a - b' },
  mul: { float: 'a * b', integer: 'a * b' },
  div: { float: 'a / b', integer: 'select(a / b, b, b == b - b)' },
  max: { float: 'larger4(a, b)', integer: 'max(a, b)' },
  less: { float: packBools('below4(a, b)'), integer: packBools('a < b') },
  equal: { float: packBools('same4(a, b)'), integer: packBools('a == b') },
  // By bits: some devices change those of NaN, or take small numbers for 0, when they choose.
  where: {
    float: 'bitcast<vec4f>(select(bitcast<vec4u>(b), bitcast<vec4u>(a), holds != vec4u(0u)))',
    integer: 'select(b, a, holds != vec4u(0u))',
  },
}

const names = ['a', 'b', 'holds'] as const

function program(
  op: Pairwise | 'where',
  operands: readonly View[],
  modes: readonly Mode[],
  axes: number,
  result: DType,
): Program {
  return {
    key: `${op} ${operands[0]!.dtype} ${modes.join(' ')} ${axes}`,
    source: () => {
      const { float, integer } = formulas[op]
      const { dtype } = operands[0]!
      const whole = op === 'where' && dtype === 'bool' ? packBools(integer) : integer
      const formula = dtype === 'f32' || dtype === 'f16' ? float : whole
      const half = halfSupport(dtype)
      return {
        enables: half.enables,
        bindings: [
          ...operands.map((operand, k) => operandBinding(names[k]!, operand, modes[k]!)),
          { name: 'output', element: result === 'bool' ? 'u32' : `vec4<${elementType[result]}>`, written: true },
        ].map((binding) => ({ ...binding, name: `${binding.name}Buffer` })),
        axes,
        parameters: { count: 'u32', last: 'u32' },
        workgroup: [flatSize],
        declarations: half.functions + mathFor(formula) + (axes > 0 ? walkOver('walk', 0, axes) : ''),
        body: `${flatIndex}${places(modes)}
${operands.map((operand, k) => `  let ${names[k]} = ${readQuad(`${names[k]}Buffer`, operand, modes[k]!, at(k, modes[k]!))};`).join('\n')}
  outputBuffer[index] = ${stored(result, formula)};`,
      }
    },
  }
}

/** Where an operand's elements are: as a component of what `walk` gives. */
function at(operand: number, mode: Mode): string {
  return mode === 'walk' ? `${names[operand]}At` : `first.${'xyz'[operand]}`
}

/** Walks to the first of the four elements, and to the others where an operand needs them. */
function places(modes: readonly Mode[]): string {
  const lines: string[] = []
  const walking = modes.flatMap((mode, k) => (mode === 'walk' ? [k] : []))
  if (walking.length > 0 || modes.some((mode) => mode === 'row' || mode === 'splat')) {
    lines.push('  let first = walk(4u * index);')
  }
  if (walking.length > 0) {
    lines.push(
      ...['first', ...[1, 2, 3].map((n) => `walk(min(4u * index + ${n}u, parameters.last))`)].map(
        (from, n) => `  let place${n} = ${from};`,
      ),
    )
    for (const k of walking) {
      lines.push(...[0, 1, 2, 3].map((n) => `  let ${names[k]}At${n} = place${n}.${'xyz'[k]};`))
    }
  }
  return lines.join('\n')
}

export function pairwise(machine: Machine): Pick<Kernels, Pairwise | 'where'> {
  /** Operands in the order of `names`. */
  const run = (op: Pairwise | 'where', operands: readonly View[], y: View): void => {
    if (y.size === 0) return
    const { modes, axes } = broadcast(operands, y.shape)
    const quads = Math.ceil(y.size / 4)
    machine.run(
      program(op, operands, modes, axes.length, y.dtype),
      [...operands, y],
      [...axisWords(axes), quads, y.size - 1],
      flat(quads),
    )
  }
  const kernel =
    (op: Pairwise): Kernel<NoParameters> =>
    (inputs, _, [y]) =>
      run(op, inputs, y!)
  return {
    add: kernel('add'),
    sub: kernel('sub'),
    mul: kernel('mul'),
    div: kernel('div'),
    max: kernel('max'),
    less: kernel('less'),
    equal: kernel('equal'),
    where: ([condition, a, b], _, [y]) => run('where', [a!, b!, condition!], y!),
  }
}
