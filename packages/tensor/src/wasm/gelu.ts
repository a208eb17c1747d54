import type { FusedKernels } from '../backend.ts'
import { type Machine, pointerOf, worthAThread } from './machine.ts'

export function gelu(machine: Machine): Pick<FusedKernels, 'gelu' | 'geluGrad'> {
  return {
    gelu: ([x], _, [y]) => machine.run('gelu', x!.size, worthAThread(32), pointerOf(x!), pointerOf(y!)),
    geluGrad: ([x, g], _, [dx]) =>
      machine.run('geluGrad', x!.size, worthAThread(32), pointerOf(x!), pointerOf(g!), pointerOf(dx!)),
  }
}
