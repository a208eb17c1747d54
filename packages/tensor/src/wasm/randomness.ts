import type { FusedKernels, Kernels } from '../backend.ts'
import { dropoutThreshold } from '../composites/dropout.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

const grain = grainOf('arithmetic')

export function randomness(machine: Machine): Pick<Kernels, 'randomBits'> {
  return {
    randomBits: (_, { key }, [y]) => machine.run('randomBits', y!.size, grain, key[0], key[1], pointerOf(y!)),
  }
}

export function dropout(machine: Machine): Pick<FusedKernels, 'dropout'> {
  return {
    dropout: ([x], { key, rate }, [y]) =>
      machine.run(
        'dropout',
        x!.size,
        grain,
        key[0],
        key[1],
        dropoutThreshold(rate),
        1 / (1 - rate),
        pointerOf(x!),
        pointerOf(y!),
      ),
  }
}
