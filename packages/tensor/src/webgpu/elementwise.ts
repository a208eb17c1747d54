import type { Kernel, Kernels } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { NoParameters } from '../primitives.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { angles, multiplyHigh } from './wgsl/angles.ts'
import { halfSupport } from './wgsl/half.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'
import { elementType, stored, vectorType } from './wgsl/operand.ts'

type Unary = 'neg' | 'exp' | 'log' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'round'

/** y of x, four elements at once. */
const formulas: { readonly [P in Unary]: string } = {
  neg: 'negative4(x)',
  exp: 'exponential4(x)',
  log: 'logarithm4(x)',
  sqrt: 'root4(x)',
  sin: 'angle4(x, false)',
  cos: 'angle4(x, true)',
  tanh: 'hyperbolicTangent4(x)',
  erf: 'errorFunction4(x)',
  round: 'round(x)',
}

function program(op: Unary, dtype: DType): Program {
  const element = `vec4<${elementType[dtype]}>`
  const formula = dtype === 'i32' ? '-x' : formulas[op]
  const half = halfSupport(dtype)
  const ofAngle = op === 'sin' || op === 'cos'
  return {
    key: `${op} ${dtype}`,
    source: () => ({
      enables: half.enables,
      bindings: [
        { name: 'input', element },
        { name: 'output', element, written: true },
      ],
      parameters: { count: 'u32' },
      workgroup: [flatSize],
      declarations: half.functions + (ofAngle ? mathFor('notANumber(') + multiplyHigh + angles : mathFor(formula)),
      body: `${flatIndex}
  let x = ${vectorType(dtype)}(input[index]);
  output[index] = ${stored(dtype, formula)};`,
    }),
  }
}

export function elementwise(machine: Machine): Pick<Kernels, Unary> {
  const kernel = (op: Unary): Kernel<NoParameters> => {
    const programs: { readonly [D in DType]?: Program } = {
      f32: program(op, 'f32'),
      f16: program(op, 'f16'),
      i32: program(op, 'i32'),
    }
    return ([x], _, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(programs[x!.dtype]!, [x!, y!], [quads], flat(quads))
    }
  }
  return {
    neg: kernel('neg'),
    exp: kernel('exp'),
    log: kernel('log'),
    sqrt: kernel('sqrt'),
    sin: kernel('sin'),
    cos: kernel('cos'),
    tanh: kernel('tanh'),
    erf: kernel('erf'),
    round: kernel('round'),
  }
}
