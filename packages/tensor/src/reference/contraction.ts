import type { Kernels } from '../backend.ts'
import { elements } from './memory.ts'
import { broadcastIndices } from './walk.ts'

export const contraction: Pick<Kernels, 'matmul'> = {
  matmul: ([a, b], { transposeA, transposeB }, [y]) => {
    const [left, right, output] = [elements(a!), elements(b!), elements(y!)]
    const [rows, columns] = y!.shape.slice(-2) as [number, number]
    const inner = a!.shape.at(transposeA ? -2 : -1)!
    const [rowStep, leftStep] = transposeA ? [1, rows] : [inner, 1]
    const [columnStep, rightStep] = transposeB ? [inner, 1] : [1, columns]
    const batch = y!.shape.slice(0, -2)
    const rightMatrices = broadcastIndices(b!.shape.slice(0, -2), batch)
    let next = 0
    for (const leftMatrix of broadcastIndices(a!.shape.slice(0, -2), batch)) {
      const leftStart = leftMatrix * rows * inner
      const rightStart = rightMatrices.next().value! * inner * columns
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let total = 0
          for (let k = 0; k < inner; k++) {
            total +=
              left[leftStart + row * rowStep + k * leftStep]! * right[rightStart + column * columnStep + k * rightStep]!
          }
          output[next++] = total
        }
      }
    }
  },
}
