import type { FusedKernels } from '../backend.ts'
import { type Block, type Machine, pointerOf } from './machine.ts'
import { multiply } from './matmul.ts'

export function linear(machine: Machine): Pick<FusedKernels, 'linear'> {
  return {
    linear: ([x, weight, bias], _, [y]) => {
      const [columns, inner] = weight!.shape as [number, number]
      multiply(machine, {
        left: { pointer: pointerOf(x!), laneStep: 4 * inner, innerStep: 4, matrixStep: 0 },
        right: { pointer: pointerOf(weight!), laneStep: 4 * inner, innerStep: 4, matrixStep: 0 },
        weight: weight!.buffer as Block,
        bias: bias ? pointerOf(bias) : 0,
        output: pointerOf(y!),
        matrices: 1,
        rows: columns === 0 ? 0 : y!.size / columns,
        columns,
        inner,
      })
    },
  }
}
