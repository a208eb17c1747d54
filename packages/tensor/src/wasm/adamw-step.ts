import type { FusedKernels } from '../backend.ts'
import { biasCorrection } from '../composites/adamw-step.ts'
import { type Machine, pointerOf } from './machine.ts'

export function adamwStep(machine: Machine): Pick<FusedKernels, 'adamwStep'> {
  return {
    adamwStep: (inputs, { learningRate, beta1, beta2, epsilon, weightDecay, step }, outputs) => {
      const [c, ...tensors] = inputs.map(pointerOf)
      const results = outputs.map(pointerOf)
      const n = weightDecay.length
      const rate = learningRate / biasCorrection(beta1, step)
      const correction = 1 / Math.sqrt(biasCorrection(beta2, step))
      weightDecay.forEach((decay, i) => {
        const [p, g, m, v] = [0, 1, 2, 3].map((group) => tensors[group * n + i]!) as [number, number, number, number]
        const [newP, newM, newV] = [0, 1, 2].map((group) => results[group * n + i]!) as [number, number, number]
        const keep = 1 - learningRate * decay
        const factors = [beta1, 1 - beta1, beta2, 1 - beta2, keep, rate, correction, epsilon]
        machine.run('adamwStep', outputs[i]!.size, 8192, c!, p, g, m, v, newP, newM, newV, ...factors)
      })
    },
  }
}
