import type { FusedKernels, Kernel, View } from '../backend.ts'
import type { NoParameters } from '../primitives.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf, type RangeKernel } from './machine.ts'

type Softmax = 'softmax' | 'softmaxGrad' | 'logSoftmax' | 'logSoftmaxGrad'

export function softmax(machine: Machine): Pick<FusedKernels, Softmax> {
  return {
    softmax: overRows('softmax'),
    softmaxGrad: overRows('softmaxGrad'),
    logSoftmax: overRows('logSoftmax'),
    logSoftmaxGrad: overRows('logSoftmaxGrad'),
  }

  function overRows(kernel: RangeKernel): Kernel<NoParameters> {
    return (inputs, _, [y]) => {
      const length = lastSize(y!)
      machine.run(
        kernel,
        y!.size / length,
        grainOf('arithmetic', length),
        ...inputs.map(pointerOf),
        pointerOf(y!),
        length,
      )
    }
  }
}

/** The size of the last axis; 1 for a scalar. */
function lastSize({ shape }: View): number {
  return shape.at(-1) ?? 1
}
