import type { FusedKernels } from '../backend.ts'
import { blockSize, withBlocks } from './blocks.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function globalNorm(machine: Machine): Pick<FusedKernels, 'globalNorm'> {
  return {
    globalNorm: (inputs, _, [y]) => {
      const rows = inputs.map((x) => [pointerOf(x)])
      withBlocks(machine, inputs, rows, (table, blocks) =>
        machine.withScratch(blocks * 8, (totals) => {
          machine.run('sumsOfSquares', blocks, grainOf('memory', blockSize), table, totals)
          machine.exports.rootOfSum(totals, blocks, pointerOf(y!))
        }),
      )
    },
  }
}
