import type { FusedKernels } from '../backend.ts'
import type { Machine } from './machine.ts'
import type { Program } from './program.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'

function program(key: string, inputs: readonly string[], formula: string): Program {
  const body = `${flatIndex}  let value = x[index];
  let e = exponential4(-0.5 * value * value);
  let cdf = normalCdf4(value, e);
  y[index] = ${formula};`
  return {
    key,
    source: () => ({
      bindings: [...inputs.map((name) => ({ name, element: 'vec4f' })), { name: 'y', element: 'vec4f', written: true }],
      parameters: { count: 'u32' },
      workgroup: [flatSize],
      declarations: mathFor(body),
      body,
    }),
  }
}

const forward = program('gelu', ['x'], 'value * cdf')
// 1 / √(2π)
const backward = program('geluGrad', ['x', 'g'], 'g[index] * (cdf + value * e * 0.3989422804014327)')

export function gelu(machine: Machine): Pick<FusedKernels, 'gelu' | 'geluGrad'> {
  return {
    gelu: ([x], _, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(forward, [x!, y!], [quads], flat(quads))
    },
    geluGrad: ([x, g], _, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(backward, [x!, g!, y!], [quads], flat(quads))
    },
  }
}
