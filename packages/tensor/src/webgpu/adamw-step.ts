import type { FusedKernels, View } from '../backend.ts'
import { biasCorrection } from '../composites/adamw-step.ts'
import { bitsOf, type Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { copyWhole } from './movement.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { mathFor } from './wgsl/math.ts'

/** One tensor: p, m and v are read and written where they are. */
const program: Program = {
  key: 'adamwStep',
  source: () => ({
    bindings: [
      { name: 'factor', element: 'f32' },
      { name: 'g', element: 'vec4f' },
      ...['p', 'm', 'v'].map((name) => ({ name, element: 'vec4f', written: true })),
    ],
    parameters: {
      count: 'u32',
      keep: 'f32',
      rate: 'f32',
      beta1: 'f32',
      gain1: 'f32',
      beta2: 'f32',
      gain2: 'f32',
      correction: 'f32',
      epsilon: 'f32',
    },
    workgroup: [flatSize],
    declarations: mathFor('isNaN('),
    body: `${flatIndex}  if (isNaN(factor[0])) { return; }
  let gradient = g[index] * factor[0];
  let first = m[index] * parameters.beta1 + gradient * parameters.gain1;
  let second = v[index] * parameters.beta2 + gradient * gradient * parameters.gain2;
  let change = first / (sqrt(second) * parameters.correction + vec4f(parameters.epsilon)) * parameters.rate;
  p[index] = p[index] * parameters.keep - change;
  m[index] = first;
  v[index] = second;`,
  }),
}

export function adamwStep(machine: Machine): Pick<FusedKernels, 'adamwStep'> {
  return {
    adamwStep: (inputs, { learningRate, beta1, beta2, epsilon, weightDecay, step }, outputs) => {
      const n = weightDecay.length
      const rate = learningRate / biasCorrection(beta1, step)
      const correction = 1 / Math.sqrt(biasCorrection(beta2, step))
      const shared = [rate, beta1, 1 - beta1, beta2, 1 - beta2, correction, epsilon].map(bitsOf)
      weightDecay.forEach((decay, i) => {
        const [p, g, m, v] = [0, 1, 2, 3].map((group) => inputs[1 + group * n + i]!) as [View, View, View, View]
        const results = [0, 1, 2].map((group) => outputs[group * n + i]!)
        ;[p, m, v].forEach((input, k) => {
          if (input.buffer !== results[k]!.buffer) copyWhole(machine, input, results[k]!)
        })
        const quads = Math.ceil(p.size / 4)
        const words = [quads, bitsOf(1 - learningRate * decay), ...shared]
        machine.run(program, [inputs[0]!, g, ...results], words, flat(quads))
      })
    },
  }
}
