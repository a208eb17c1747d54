import { broadcastStrides, mergedAxes } from '../axes.ts'
import type { FusedKernels, Kernels, View } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import { axisWords } from './broadcast.ts'
import type { Machine } from './machine.ts'
import { type Layout, product, type Tile } from './product.ts'

/** Workgroups along one axis of a grid. */
const maxGroups = 65535

/** Products of one size, whose matrices lie at `axes` steps of matrices from each other. */
interface Products {
  readonly left: View
  readonly right: View
  readonly bias: View | undefined
  readonly output: View
  readonly layout: Pick<Layout, 'transposeA' | 'transposeB'>
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly matrices: number
  readonly axes: Parameters<typeof axisWords>[0]
}

export function contraction(machine: Machine): Pick<Kernels, 'matmul'> {
  return {
    matmul: ([a, b], { transposeA, transposeB }, [y]) => {
      const [rows, columns] = y!.shape.slice(-2) as [number, number]
      const inner = a!.shape.at(transposeA ? -2 : -1)!
      const batch = y!.shape.slice(0, -2)
      const shared = sizeOf(b!.shape.slice(0, -2)) === 1 && !transposeA
      const strides = [a!, b!].map(({ shape }) => broadcastStrides(shape.slice(0, -2), batch))
      multiply(machine, {
        left: a!,
        right: b!,
        bias: undefined,
        output: y!,
        layout: { transposeA, transposeB },
        // Many left matrices times one right matrix are one product.
        rows: shared ? rows * sizeOf(batch) : rows,
        columns,
        inner,
        matrices: shared ? 1 : sizeOf(batch),
        axes: shared ? [] : mergedAxes(batch, strides),
      })
    },
  }
}

export function linear(machine: Machine): Pick<FusedKernels, 'linear'> {
  return {
    linear: ([x, weight, bias], _, [y]) => {
      const [columns, inner] = weight!.shape as [number, number]
      multiply(machine, {
        left: x!,
        right: weight!,
        bias,
        output: y!,
        layout: { transposeA: false, transposeB: true },
        rows: columns === 0 ? 0 : y!.size / columns,
        columns,
        inner,
        matrices: 1,
        axes: [],
      })
    },
  }
}

function multiply(machine: Machine, products: Products): void {
  const { left, right, bias, output, layout, rows, columns, inner, matrices, axes } = products
  if (output.size === 0) return
  const { transposeA, transposeB } = layout
  const vectorsA = (transposeA ? rows : inner) % 4 === 0
  const vectorsB = (transposeB ? inner : columns) % 4 === 0
  const tile = tileFor(rows, columns, machine.workgroupMemory)
  const whole = vectorsA && vectorsB && inner > 0 && inner % (tile.inner || 4) === 0
  const vectors = { vectorsA, vectorsB, vectorsY: columns % 4 === 0, whole }
  const program = product({ ...layout, ...vectors, biased: bias !== undefined, axes: axes.length }, tile)
  const operands = [left, right, ...(bias ? [bias] : []), output]
  const [across, down] = [Math.ceil(columns / (4 * tile.x)), Math.ceil(rows / (4 * tile.y))]
  for (let first = 0; first < matrices; first += maxGroups) {
    const words = [...axisWords(axes), rows, columns, inner, first]
    machine.run(program, operands, words, [across, down, Math.min(matrices - first, maxGroups)])
  }
}

/** Few rows or few columns need no square. */
function tileFor(rows: number, columns: number, workgroupMemory: boolean): Tile {
  const inner = workgroupMemory ? 16 : 0
  if (rows <= 4) return { x: 64, y: 1, inner }
  if (columns <= 4) return { x: 1, y: 64, inner }
  return rows <= 32 || columns <= 32 || !workgroupMemory ? { x: 8, y: 8, inner } : { x: 16, y: 16, inner }
}
