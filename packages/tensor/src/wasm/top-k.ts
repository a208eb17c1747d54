import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function topK(machine: Machine): Pick<FusedKernels, 'topK'> {
  return {
    topK: ([x], { count }, [values, ids]) => {
      const length = x!.shape.at(-1)!
      const grain = grainOf('memory', length)
      machine.run('topK', x!.size / length, grain, pointerOf(x!), pointerOf(values!), pointerOf(ids!), length, count)
    },
  }
}
