import type { FusedKernels } from '../backend.ts'
import { type Machine, pointerOf, worthAThread } from './machine.ts'

export function crossEntropy(machine: Machine): Pick<FusedKernels, 'crossEntropy' | 'crossEntropyGrad'> {
  return {
    crossEntropy: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run('crossEntropy', rows, worthAThread(16 * classes), ...pointers, classes, ignoreIndex, labelSmoothing)
    },
    crossEntropyGrad: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run(
        'crossEntropyGrad',
        rows,
        worthAThread(16 * classes),
        ...pointers,
        classes,
        ignoreIndex,
        labelSmoothing,
      )
    },
  }
}
