import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

/** Up to so many rows, codes are read as they lie; for more they are packed. */
const fewRows = 32

/** Of few rows, the bytes of codes of an item, which stay in the first-level cache, and its columns at most. */
const itemBytes = 16384
const mostColumns = 64

/** Fewest multiplications worth a thread. */
const grainSize = 2 ** 18

export function quantized(machine: Machine): Pick<FusedKernels, 'quantizedLinear'> {
  const { exports } = machine
  return {
    quantizedLinear: ([x, codes, scales, bias], _, [y]) => {
      const [columns, inner] = codes!.shape as [number, number]
      const rows = x!.size / inner
      const output = [pointerOf(codes!), pointerOf(scales!), bias ? pointerOf(bias) : 0, pointerOf(y!)]
      withWholeRows(machine, pointerOf(x!), rows, inner, (q, steps) => {
        if (rows > fewRows) inPanels(q, steps, output, rows, columns, inner)
        else asTheyLie(q, steps, output, rows, columns, inner)
      })
    },
  }

  type Product = (q: number, steps: number, output: readonly number[], ...sizes: [number, number, number]) => void

  function asTheyLie(...[q, steps, output, rows, columns, inner]: Parameters<Product>): void {
    const itemColumns = Math.min(Math.max(Math.floor(itemBytes / inner / 4), 1) * 4, mostColumns)
    const grain = Math.ceil(grainSize / Math.max(rows * itemColumns * inner, 1))
    const items = Math.ceil(columns / itemColumns)
    const joined = Number(machine.wide)
    machine.run('wholeProduct', items, grain, q, steps, ...output, rows, columns, inner, itemColumns, joined)
  }

  function inPanels(...[q, steps, output, rows, columns, inner]: Parameters<Product>): void {
    machine.reserve(exports.wholeArena(inner) >>> 0)
    const joined = Number(machine.wide)
    const panels = Math.ceil(rows / 4)
    machine.withScratch(panels * 8 * exports.paddedLength(inner), (packed) => {
      machine.run('packWholeRows', panels, grainOf('memory', 4 * inner), q, packed, rows, inner)
      const grain = Math.ceil(grainSize / (rows * 8 * inner))
      const items = exports.wholePanelCount(columns, joined)
      machine.run('wholePanels', items, grain, packed, steps, ...output, rows, columns, inner, joined)
    })
  }
}

/** Lends rows of x as whole numbers of steps, and the steps, with room for three more. */
function withWholeRows(
  machine: Machine,
  x: number,
  rows: number,
  inner: number,
  use: (q: number, steps: number) => void,
): void {
  const bytes = 2 * rows * machine.exports.paddedLength(inner)
  machine.withScratch(bytes + 4 * (rows + 3), (q) => {
    const steps = q + bytes
    machine.run('quantizeRows', rows, grainOf('arithmetic', inner), x, q, steps, inner)
    use(q, steps)
  })
}
