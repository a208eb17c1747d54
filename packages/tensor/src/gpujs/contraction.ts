import { broadcastStrides } from '../axes.ts'
import type { Kernels } from '../backend.ts'
import type { Machine } from './machine.ts'
import { walk } from './walk.ts'

export function contraction(machine: Machine): Pick<Kernels, 'matmul'> {
  return {
    matmul: ([a, b], { transposeA, transposeB }, [y]) => {
      const batch = y!.shape.slice(0, -2)
      const [rows, columns] = y!.shape.slice(-2) as [number, number]
      const inner = a!.shape.at(transposeA ? -2 : -1)!
      const batchStrides = (shape: readonly number[], matrix: number): number[] =>
        broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * matrix)
      const { at, integers } = walk(y!.shape, {
        a: [...batchStrides(a!.shape, rows * inner), transposeA ? 1 : inner, 0],
        b: [...batchStrides(b!.shape, inner * columns), 0, transposeB ? inner : 1],
      })
      const steps = { inner, stepA: transposeA ? rows : 1, stepB: transposeB ? 1 : columns }
      const product = `product(a, b, ${at.a}, ${at.b}, inner, stepA, stepB)`
      machine.compute(y!, product, { a: a!, b: b! }, { ...integers, ...steps })
    },
  }
}
