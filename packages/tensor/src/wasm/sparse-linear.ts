import type { FusedKernels, View } from '../backend.ts'
import { withIndices } from './indices.ts'
import { type Machine, pointerOf } from './machine.ts'

/** Outputs of an item of work. */
const groupSize = 16

/** Rows of x that one number of the weight is multiplied with at once, and those for four that lie below each other. */
const manyPanelRows = 32
const fewPanelRows = 8

/** Rows of blocks of an item for one row of x. */
const rowsAtOnce = 4

/** Fewest multiplications worth a thread, and fewest elements to pack. */
const grainSize = 2 ** 18
const packingGrain = 2 ** 14

export function sparseLinear(machine: Machine): Pick<FusedKernels, 'sparseLinear'> {
  return {
    sparseLinear: ([x, values, columns, offsets, bias], _, [y]) => {
      const [, height, width] = values!.shape as [number, number, number]
      const inner = x!.shape.at(-1)!
      // Where x has no columns, no block has a place.
      const blocks = inner === 0 ? 0 : columns!.size
      withIndices(machine, offsets!, blocks, (offsetsWithin) => {
        withIndices(machine, columns!, inner / width - 1, (columnsWithin) => {
          const weight = [pointerOf(values!), columnsWithin, offsetsWithin, bias ? pointerOf(bias) : 0]
          const shape = { inner, down: offsets!.size - 1, height, width, stored: values!.size }
          multiply(machine, x!, weight, y!, shape)
        })
      })
    },
  }
}

interface Sizes {
  readonly inner: number
  readonly down: number
  readonly height: number
  readonly width: number
  readonly stored: number
}

function multiply(
  machine: Machine,
  x: View,
  weight: readonly number[],
  y: View,
  { inner, down, height, width, stored }: Sizes,
): void {
  const out = down * height
  const rows = out === 0 ? 0 : y.size / out
  const grainOf = (outputs: number): number => Math.ceil(grainSize / Math.max((outputs * stored) / Math.max(out, 1), 1))
  if (rows === 1) {
    const items = Math.ceil(down / rowsAtOnce)
    const sizes = [down, height, width]
    machine.run('sparseVector', items, grainOf(rowsAtOnce * height), pointerOf(x), ...weight, pointerOf(y), ...sizes)
    return
  }
  const panelRows = height % 4 === 0 ? fewPanelRows : manyPanelRows
  withPanels(machine, x, rows, inner, panelRows, (panels) => {
    const items = Math.ceil(rows / panelRows) * Math.ceil(out / groupSize)
    const sizes = [rows, inner, out, height, width, panelRows]
    machine.run('sparseLinear', items, grainOf(groupSize * panelRows), panels, ...weight, pointerOf(y), ...sizes)
  })
}

function withPanels(
  machine: Machine,
  x: View,
  rows: number,
  inner: number,
  panelRows: number,
  use: (panels: number) => void,
): void {
  const count = Math.ceil(rows / panelRows)
  machine.withScratch(4 * count * panelRows * inner, (panels) => {
    const grain = Math.ceil(packingGrain / Math.max(inner * panelRows, 1))
    machine.run('packPanels', count, grain, pointerOf(x), panels, rows, inner, 4, 4 * inner, 0, panelRows)
    use(panels)
  })
}
