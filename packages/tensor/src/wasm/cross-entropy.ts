import type { FusedKernels, Kernel } from '../backend.ts'
import type { CrossEntropyParameters } from '../composites/cross-entropy.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

export function crossEntropy(machine: Machine): Pick<FusedKernels, 'crossEntropy' | 'crossEntropyGrad'> {
  return { crossEntropy: overRows('crossEntropy'), crossEntropyGrad: overRows('crossEntropyGrad') }

  function overRows(kernel: RangeKernel): Kernel<CrossEntropyParameters> {
    return (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, classes] = inputs[0]!.shape as [number, number]
      const pointers = [...inputs, ...outputs].map(pointerOf)
      const grain = grainOf('arithmetic', classes)
      machine.run(kernel, rows, grain, ...pointers, classes, ignoreIndex, labelSmoothing)
    }
  }
}
