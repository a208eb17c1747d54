import type { FusedKernels } from '../backend.ts'
import { biasCorrection } from '../composites/adamw-step.ts'
import { withBlocks } from './blocks.ts'
import { type Machine, pointerOf } from './machine.ts'

export function adamwStep(machine: Machine): Pick<FusedKernels, 'adamwStep'> {
  return {
    adamwStep: (inputs, { learningRate, beta1, beta2, epsilon, weightDecay, step }, outputs) => {
      const n = weightDecay.length
      if (n === 0) return
      const [c, ...tensors] = inputs.map(pointerOf)
      const results = outputs.map(pointerOf)
      const numbers = (pointer: number, size: number) => machine.view('f32', pointer, size)
      if (Number.isNaN(numbers(c!, 1)[0])) {
        const old = tensors.toSpliced(n, n)
        outputs.forEach(({ size }, place) => numbers(results[place]!, size).set(numbers(old[place]!, size)))
        return
      }
      const keep = new Uint32Array(Float32Array.from(weightDecay, (decay) => 1 - learningRate * decay).buffer)
      const rows = weightDecay.map((_, i) => [
        ...[0, 1, 2, 3].map((group) => tensors[group * n + i]!),
        ...[0, 1, 2].map((group) => results[group * n + i]!),
        keep[i]!,
      ])
      const rate = learningRate / biasCorrection(beta1, step)
      const correction = 1 / Math.sqrt(biasCorrection(beta2, step))
      const factors = [beta1, 1 - beta1, beta2, 1 - beta2, rate, correction, epsilon]
      withBlocks(machine, outputs.slice(0, n), rows, (table, blocks) =>
        machine.run('adamwStep', blocks, 1, table, c!, ...factors),
      )
    },
  }
}
