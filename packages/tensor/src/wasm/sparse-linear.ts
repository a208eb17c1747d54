import type { FusedKernels, View } from '../backend.ts'
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
      const down = offsets!.size - 1
      const out = down * height
      const rows = out === 0 ? 0 : y!.size / out
      const weight = [...[values, columns, offsets].map((each) => pointerOf(each!)), bias ? pointerOf(bias) : 0]
      const perOutput = values!.size / Math.max(out, 1)
      const grainOf = (multiplications: number): number => Math.ceil(grainSize / Math.max(multiplications, 1))
      if (rows === 1) {
        const grain = grainOf(rowsAtOnce * height * perOutput)
        const sizes = [down, height, width]
        machine.run(
          'sparseVector',
          Math.ceil(down / rowsAtOnce),
          grain,
          pointerOf(x!),
          ...weight,
          pointerOf(y!),
          ...sizes,
        )
        return
      }
      const panelRows = height % 4 === 0 ? fewPanelRows : manyPanelRows
      withPanels(machine, x!, rows, inner, panelRows, (panels) => {
        const items = Math.ceil(rows / panelRows) * Math.ceil(out / groupSize)
        const grain = grainOf(groupSize * panelRows * perOutput)
        const sizes = [rows, inner, out, height, width, panelRows]
        machine.run('sparseLinear', items, grain, panels, ...weight, pointerOf(y!), ...sizes)
      })
    },
  }
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
