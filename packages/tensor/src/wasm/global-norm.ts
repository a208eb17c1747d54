import type { FusedKernels } from '../backend.ts'
import { type Machine, pointerOf } from './machine.ts'

/** Elements whose squares are summed at once, before the sums of all blocks are. */
const blockSize = 16384

export function globalNorm(machine: Machine): Pick<FusedKernels, 'globalNorm'> {
  return {
    globalNorm: (inputs, _, [y]) => {
      const blocks = inputs.map(({ size }) => Math.ceil(size / blockSize))
      const count = blocks.reduce((total, each) => total + each, 0)
      machine.withScratch(count * 8, (totals) => {
        let next = totals
        inputs.forEach((x, index) => {
          machine.run('sumsOfSquares', blocks[index]!, 1, pointerOf(x), next, x.size, blockSize)
          next += blocks[index]! * 8
        })
        machine.exports.rootOfSum(totals, count, pointerOf(y!))
      })
    },
  }
}
