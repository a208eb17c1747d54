import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'
import { sumOverRows } from './reduction.ts'

/** Rows whose dγ and dβ are summed in f32, before those of all blocks are in f64. */
const blockRows = 32

export function layerNorm(machine: Machine): Pick<FusedKernels, 'layerNorm' | 'layerNormGrad'> {
  return {
    layerNorm: (inputs, { epsilon }, outputs) => {
      const length = inputs[1]!.size
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run('layerNorm', outputs[1]!.size, grainOf('arithmetic', length), ...pointers, length, epsilon)
    },
    layerNormGrad: (inputs, _, [dx, dgamma, dbeta]) => {
      const length = inputs[1]!.size
      const rows = inputs[2]!.size
      const blocks = Math.ceil(rows / blockRows)
      const bytes = blocks * length * 4
      machine.withScratch(2 * bytes, (dgammas) => {
        const dbetas = dgammas + bytes
        const pointers = [...inputs, dx!].map(pointerOf)
        machine.run(
          'layerNormGrad',
          blocks,
          grainOf('arithmetic', blockRows * length),
          ...pointers,
          dgammas,
          dbetas,
          rows,
          length,
          blockRows,
        )
        sumOverRows(machine, dgammas, pointerOf(dgamma!), blocks, length)
        sumOverRows(machine, dbetas, pointerOf(dbeta!), blocks, length)
      })
    },
  }
}
