import { broadcastStrides, mergedAxes } from '../axes.ts'
import type { FusedKernels, Kernels, View } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Machine } from './machine.ts'
import { type ProductSizes, runProducts } from './product/run.ts'

export function contraction(machine: Machine): Pick<Kernels, 'matmul'> {
  return {
    matmul: ([a, b], { transposeA, transposeB }, [y]) => {
      const [rows, columns] = y!.shape.slice(-2) as [number, number]
      const batch = y!.shape.slice(0, -2)
      // Many left matrices times one right matrix are one product.
      const joined = sizeOf(b!.shape.slice(0, -2)) === 1 && !transposeA
      const strides = [a!, b!].map(({ shape }) => broadcastStrides(shape.slice(0, -2), batch))
      multiply(machine, [a!, b!], y!, {
        transposeA,
        transposeB,
        rows: joined ? rows * sizeOf(batch) : rows,
        columns,
        inner: a!.shape.at(transposeA ? -2 : -1)!,
        matrices: joined ? 1 : sizeOf(batch),
        axes: joined ? [] : mergedAxes(batch, strides),
      })
    },
  }
}

export function linear(machine: Machine): Pick<FusedKernels, 'linear'> {
  return {
    linear: ([x, weight, bias], _, [y]) => {
      const [columns, inner] = weight!.shape as [number, number]
      multiply(machine, [x!, weight!, ...(bias ? [bias] : [])], y!, {
        transposeA: false,
        transposeB: true,
        rows: columns === 0 ? 0 : y!.size / columns,
        columns,
        inner,
        matrices: 1,
        axes: [],
      })
    },
  }
}

function multiply(
  machine: Machine,
  [a, b, bias]: readonly View[],
  y: View,
  sizes: Omit<ProductSizes, 'element'>,
): void {
  if (y.size === 0) return
  const typed = { ...sizes, element: a!.dtype === 'f16' ? 'f16' : 'f32' } as const
  runProducts(machine, { a: a!, b: [b!], bias, y }, typed, machine.tiles.of(typed))
}
