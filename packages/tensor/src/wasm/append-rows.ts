import type { FusedKernels } from '../backend.ts'
import { dtypes } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function appendRows(machine: Machine): Pick<FusedKernels, 'appendRows'> {
  return {
    appendRows: ([x, more, ids], _, [y]) => {
      const planes = sizeOf(y!.shape.slice(1, -2))
      const bytesOf = (shape: readonly number[]): number => sizeOf(shape.slice(-2)) * dtypes[y!.dtype].bytes
      const bytes = [bytesOf(x!.shape), bytesOf(more!.shape)] as const
      const grain = grainOf('memory', (bytes[0] + bytes[1]) / 4)
      const pointers = [x!, more!, ids!, y!].map(pointerOf)
      machine.run('appendRows', ids!.size * planes, grain, ...pointers, x!.shape[0]!, planes, ...bytes)
    },
  }
}
