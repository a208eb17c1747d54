import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

/** Rows of an item of a product of whole numbers, and bytes of its codes: they stay in the first-level cache. */
const itemRows = 96
const itemBytes = 16384
const mostColumns = 64

/** Fewest multiplications worth a thread. */
const grainSize = 2 ** 18

export function quantized(machine: Machine): Pick<FusedKernels, 'quantizedLinear'> {
  return {
    quantizedLinear: ([x, codes, scales, bias], _, [y]) => {
      const [columns, inner] = codes!.shape as [number, number]
      const rows = x!.size / inner
      const length = machine.exports.paddedLength(inner)
      machine.withScratch(rows * (2 * length + 4), (q) => {
        const steps = q + 2 * rows * length
        machine.run('quantizeRows', rows, grainOf('arithmetic', inner), pointerOf(x!), q, steps, inner)
        const itemColumns = Math.min(Math.max(Math.floor(itemBytes / inner / 4), 1) * 4, mostColumns)
        const items = Math.ceil(rows / itemRows) * Math.ceil(columns / itemColumns)
        const grain = Math.ceil(grainSize / (Math.min(rows, itemRows) * itemColumns * inner))
        const pointers = [codes!, scales!].map(pointerOf)
        const output = [bias ? pointerOf(bias) : 0, pointerOf(y!)]
        machine.run(
          'wholeProduct',
          items,
          grain,
          ...[q, steps, ...pointers, ...output],
          ...[rows, columns, inner, itemRows, itemColumns, Number(machine.wide)],
        )
      })
    },
  }
}
