import type { FusedKernels } from '../backend.ts'
import { type Machine, pointerOf } from './machine.ts'

const grain = 4

export function crossEntropy(machine: Machine): Pick<FusedKernels, 'crossEntropy' | 'crossEntropyGrad'> {
  return {
    crossEntropy: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run('crossEntropy', rows, grain, ...pointers, classes, ignoreIndex, labelSmoothing)
    },
    crossEntropyGrad: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run('crossEntropyGrad', rows, grain, ...pointers, classes, ignoreIndex, labelSmoothing)
    },
  }
}
