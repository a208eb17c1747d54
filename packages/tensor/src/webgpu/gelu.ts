import type { FusedKernels } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { halfSupport } from './wgsl/half.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'
import { elementType, stored } from './wgsl/operand.ts'

/** @param formula of `value`, an element of x, and `upstream`, one of g */
function program(key: string, inputs: readonly string[], formula: string, dtype: DType): Program {
  return {
    key: `${key} ${dtype}`,
    source: () => {
      const element = `vec4<${elementType[dtype]}>`
      const half = halfSupport(dtype)
      const body = `${flatIndex}  let value = vec4f(x[index]);
  ${inputs.includes('g') ? 'let upstream = vec4f(g[index]);' : ''}
  let e = exponential4(-0.5 * value * value);
  let cdf = normalCdf4(value, e);
  y[index] = ${stored(dtype, formula)};`
      return {
        enables: half.enables,
        bindings: [...inputs.map((name) => ({ name, element })), { name: 'y', element, written: true }],
        parameters: { count: 'u32' },
        workgroup: [flatSize],
        declarations: half.functions + mathFor(body),
        body,
      }
    },
  }
}

const forward = (dtype: DType) => program('gelu', ['x'], 'value * cdf', dtype)
// 1 / √(2π)
const backward = (dtype: DType) =>
  program('geluGrad', ['x', 'g'], 'upstream * (cdf + value * e * 0.3989422804014327)', dtype)

export function gelu(machine: Machine): Pick<FusedKernels, 'gelu' | 'geluGrad'> {
  return {
    gelu: ([x], _, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(forward(y!.dtype), [x!, y!], [quads], flat(quads))
    },
    geluGrad: ([x, g], _, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(backward(y!.dtype), [x!, g!, y!], [quads], flat(quads))
    },
  }
}
