import { scope, type Tensor } from '@tlc/tensor'
import { expect } from 'vitest'
import {
  Adam,
  Adamax,
  AdamW,
  AMSGrad,
  clipByValue,
  cosineDecay,
  inverseSquareRoot,
  linearRise,
  NAdam,
  oneCycle,
  Parameter,
  RMSprop,
  Rprop,
  type Schedule,
  SGD,
  stepDecay,
  triangularCycle,
} from '../src/index.ts'
import type { MakeOptimizer } from './every-optimizer.ts'
import { type TorchCase, TorchTensors, torchCases } from './torch.ts'

export interface OptimizerCase extends TorchCase {
  readonly lr_per_step: readonly number[]
}

/** 20 steps of PyTorch's optimizers with given gradients. */
export const optimizerCases: readonly OptimizerCase[] = torchCases<OptimizerCase>('optim')
const steps = 20

/** PyTorch's configurations in our words. */
const optimizers: Readonly<Record<string, MakeOptimizer>> = {
  sgd: (parameters) => new SGD(parameters),
  sgd_momentum: (parameters) => new SGD(parameters, { momentum: 0.9 }),
  sgd_nesterov_wd: (parameters) => new SGD(parameters, { momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  sgd_maximize: (parameters) => new SGD(parameters, { maximize: true }),
  sgd_clip_value: (parameters) => new SGD(parameters),
  adam_roberta: (parameters) => new Adam(parameters, { beta2: 0.98, epsilon: 1e-6 }),
  adam_amsgrad: (parameters) => new AMSGrad(parameters),
  adamw_maximize: (parameters) => new AdamW(parameters, { maximize: true }),
  adamw_bigeps: (parameters) => new AdamW(parameters, { epsilon: 0.1 }),
  adamax: (parameters) => new Adamax(parameters),
  nadam: (parameters) => new NAdam(parameters, { repeatedMomentum: true }),
  rmsprop: (parameters) => new RMSprop(parameters),
  rmsprop_centered_mom: (parameters) => new RMSprop(parameters, { centered: true, momentum: 0.9, weightDecay: 0.01 }),
  rprop: (parameters) => new Rprop(parameters),
  // PyTorch's one cycle has a momentum that goes from 0.95 down to 0.85 and back.
  sched_onecycle: (parameters) =>
    new SGD(parameters, {
      momentum: oneCycle({ peak: 0.85, steps: 20, startDivisor: 0.85 / 0.95, endDivisor: 1 }),
    }),
}

const schedules: Readonly<Record<string, Schedule>> = {
  // Their formula has no peak: 0.01 · min(n^-½, n · 4^-1½), which is 0.005 at its highest.
  sched_inverse_sqrt: inverseSquareRoot({ peak: 0.005, warmUp: 4 }),
  sched_cosine: cosineDecay({ peak: 0.01, steps: 20, final: 0.001 }),
  sched_multistep: stepDecay({ peak: 0.01, milestones: [3, 9] }),
  sched_linear: linearRise({ from: 0.003, to: 0.01, steps: 8 }),
  sched_onecycle: oneCycle({ peak: 0.05, steps: 20 }),
  sched_cyclic: triangularCycle({ low: 0.001, high: 0.01, rise: 4 }),
}

/** The first values of a case, as parameters on the backend in use. */
export function firstParameters(tensors: TorchTensors): Map<string, Parameter> {
  return new Map(['p0', 'p1'].map((name) => [name, new Parameter(tensors.tensor(`in.${name}`))]))
}

/** The gradients of one step of a case. */
export function gradientsOf(tensors: TorchTensors, step: number): Tensor[] {
  return ['in.g0', 'in.g1'].map((name) => {
    const all = tensors.tensor(name)
    return all.slice([step], [step + 1]).reshape(all.shape.slice(1))
  })
}

/** Fails unless our optimizer has PyTorch's learning rates and its values after each of the steps. */
export async function expectTrajectory(each: OptimizerCase): Promise<void> {
  const tensors = new TorchTensors('optim', each)
  const parameters = firstParameters(tensors)
  const schedule = schedules[each.name]
  const make = optimizers[each.name] ?? ((of) => new SGD(of, { momentum: 0.9 }))
  using optimizer = make(parameters)
  const limit = each.config.clip_grad_value as number | undefined
  const values: number[][] = [[], []]
  for (let step = 0; step < steps; step++) {
    using _step = scope()
    const given = gradientsOf(tensors, step)
    const learningRate = schedule?.(step) ?? each.lr_per_step[step]!
    expect(learningRate).toBeCloseTo(each.lr_per_step[step]!, 15)
    optimizer.step(limit === undefined ? given : clipByValue(given, limit), { learningRate })
    for (const [index, { stored }] of [...parameters.values()].entries()) values[index]!.push(...(await stored.data()))
  }
  tensors.expectClose(values[0]!, 'out.p0')
  tensors.expectClose(values[1]!, 'out.p1')
  for (const { stored } of parameters.values()) stored.dispose()
}
