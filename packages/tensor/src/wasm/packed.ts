import type { FusedKernels, View } from '../backend.ts'
import { dtypes } from '../dtype.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'
import { chooseTile } from './matmul.ts'

/** Up to so many rows, each goes over the codes as they lie; for more, weights are unpacked for all of them. */
const fewRows = 8

/** Columns of an item of a product. */
const blockColumns = 128

/** Fewest multiplications worth a thread. */
const grainSize = 2 ** 18

export function packed(machine: Machine): Pick<FusedKernels, 'weightOnlyLinear' | 'quantizedEmbedding'> {
  machine.reserve(machine.exports.packedArena())
  return {
    weightOnlyLinear: ([x, ...inputs], { bits, group, zeroPoints }, [y]) => {
      const { pointers, rest } = weightsOf(inputs, zeroPoints)
      const columns = inputs[0]!.shape[0]!
      const inner = x!.shape.at(-1)!
      const rows = columns === 0 ? 0 : y!.size / columns
      const output = [rest[0] ? pointerOf(rest[0]) : 0, pointerOf(y!), bits, Math.min(group, Math.max(inner, 1))]
      const grain = Math.ceil(grainSize / Math.max(rows * inner, 1))
      // A group that is the whole row begins with it, as one of whole steps does.
      if (rows > fewRows || (group % 32 !== 0 && group < inner)) {
        chooseTile(machine, rows * columns * inner)
        const items = Math.ceil(columns / blockColumns)
        const atOnce = Math.ceil(grain / blockColumns)
        machine.run('packedProduct', items, atOnce, pointerOf(x!), ...pointers, ...output, rows, columns, inner)
        return
      }
      machine.withScratch(4 * rows * machine.exports.orderedLength(inner), (ordered) => {
        machine.run('orderRows', rows, grainOf('arithmetic', inner), pointerOf(x!), ordered, bits, inner)
        machine.run('packedVector', columns, grain, ordered, ...pointers, ...output, rows, columns, inner)
      })
    },
    quantizedEmbedding: (inputs, { bits, group, size, zeroPoints }, [y]) => {
      const { pointers, rest } = weightsOf(inputs, zeroPoints)
      const ids = rest[0]!
      const grain = grainOf('memory', size)
      const table = [...pointers, pointerOf(ids), pointerOf(y!), bits, Math.min(group, Math.max(size, 1))]
      machine.run('packedEmbedding', ids.size, grain, ...table, inputs[0]!.shape[0]!, size)
    },
  }
}

/** Pointers to codes, scales and zero points (or 0), bytes of a zero point, and the inputs behind them. */
function weightsOf([codes, scales, ...others]: readonly View[], zeroPoints: boolean) {
  const zeros = zeroPoints ? others[0]! : undefined
  const ofZeros = zeros ? [pointerOf(zeros), dtypes[zeros.dtype].bytes] : [0, 0]
  return { pointers: [pointerOf(codes!), pointerOf(scales!), ...ofZeros], rest: others.slice(zeros ? 1 : 0) }
}
