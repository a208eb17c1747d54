import type { FusedKernels } from '../backend.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function crossEntropy(machine: Machine): Pick<FusedKernels, 'crossEntropy' | 'crossEntropyGrad'> {
  return {
    crossEntropy: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run(
        'crossEntropy',
        rows,
        grainOf('arithmetic', classes),
        ...pointers,
        classes,
        ignoreIndex,
        labelSmoothing,
      )
    },
    crossEntropyGrad: (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      machine.run(
        'crossEntropyGrad',
        rows,
        grainOf('arithmetic', classes),
        ...pointers,
        classes,
        ignoreIndex,
        labelSmoothing,
      )
    },
  }
}
