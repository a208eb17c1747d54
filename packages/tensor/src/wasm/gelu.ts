import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function gelu(machine: Machine): Pick<FusedKernels, 'gelu' | 'geluGrad'> {
  return {
    gelu: ([x], _, [y]) => machine.run('gelu', x!.size, grainOf('arithmetic'), pointerOf(x!), pointerOf(y!)),
    geluGrad: ([x, g], _, [dx]) =>
      machine.run('geluGrad', x!.size, grainOf('arithmetic'), pointerOf(x!), pointerOf(g!), pointerOf(dx!)),
  }
}
