import type { View } from '../backend.ts'
import { type Machine, pointerOf } from './machine.ts'

/** Fewest indices worth a thread. */
const grainSize = 2 ** 17

/** Lends indices that are all in 0..last, for the time of a call: where some are not, a copy that is clamped. */
export function withIndices(machine: Machine, indices: View, last: number, use: (indices: number) => void): void {
  const pointer = pointerOf(indices)
  const outside = machine.withScratch(4, (flag) => {
    machine.words[flag / 4] = 0
    machine.run('flagOutside', indices.size, grainSize, pointer, last, flag)
    return machine.words[flag / 4] !== 0
  })
  if (!outside) use(pointer)
  else {
    machine.withScratch(4 * indices.size, (clamped) => {
      machine.run('clampIndices', indices.size, grainSize, pointer, last, clamped)
      use(clamped)
    })
  }
}
