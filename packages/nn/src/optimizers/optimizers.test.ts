import { openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TorchCase, TorchTensors, torchCases } from '../../test/torch.ts'
import { clipScale } from '../clip.ts'
import { TensorMismatchError } from '../copy-tensors.ts'
import { Parameter } from '../parameter.ts'
import { cosineDecay, inverseSquareRoot, type Schedule } from '../schedules.ts'
import { Adam } from './adam.ts'
import { AdamW } from './adamw.ts'
import { type Optimizer, vectorsWithoutDecay } from './optimizer.ts'
import { SGD } from './sgd.ts'

interface OptimizerCase extends TorchCase {
  readonly lr_per_step: readonly number[]
}

type Make = (parameters: Map<string, Parameter>) => Optimizer

/** PyTorch's configurations in our words. */
const optimizers: Readonly<Record<string, Make>> = {
  sgd: (parameters) => new SGD(parameters),
  sgd_momentum: (parameters) => new SGD(parameters, { momentum: 0.9 }),
  sgd_nesterov_wd: (parameters) => new SGD(parameters, { momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam_roberta: (parameters) => new Adam(parameters, { beta2: 0.98, epsilon: 1e-6 }),
  adamw_bigeps: (parameters) => new AdamW(parameters, { epsilon: 0.1 }),
  sched_inverse_sqrt: (parameters) => new SGD(parameters, { momentum: 0.9 }),
  sched_cosine: (parameters) => new SGD(parameters, { momentum: 0.9 }),
}

const schedules: Readonly<Record<string, Schedule>> = {
  // Their formula has no peak: 0.01 · min(n^-½, n · 4^-1½), which is 0.005 at its highest.
  sched_inverse_sqrt: inverseSquareRoot({ peak: 0.005, warmUp: 4 }),
  sched_cosine: cosineDecay({ peak: 0.01, steps: 20, final: 0.001 }),
}

const cases = torchCases<OptimizerCase>('optim')
const steps = 20

beforeAll(async () => useBackend(await openBackend('reference')))

function parametersOf(tensors: TorchTensors): Map<string, Parameter> {
  return new Map(['p0', 'p1'].map((name) => [name, new Parameter(tensors.tensor(`in.${name}`))]))
}

describe('trajectories of PyTorch over 20 given gradients', () => {
  for (const each of cases) {
    test(each.name, async () => {
      const tensors = new TorchTensors('optim', each)
      const parameters = parametersOf(tensors)
      const optimizer = optimizers[each.name]!(parameters)
      const gradients = [tensors.tensor('in.g0'), tensors.tensor('in.g1')]
      const values: number[][] = [[], []]
      for (let step = 0; step < steps; step++) {
        using _step = scope()
        const now = gradients.map((g) => g.slice([step], [step + 1]).reshape(g.shape.slice(1)))
        const learningRate = schedules[each.name]?.(step) ?? each.lr_per_step[step]!
        expect(learningRate).toBeCloseTo(each.lr_per_step[step]!, 15)
        optimizer.step(now, { learningRate })
        for (const [index, { stored }] of [...parameters.values()].entries())
          values[index]!.push(...(await stored.data()))
      }
      tensors.expectClose(values[0]!, 'out.p0')
      tensors.expectClose(values[1]!, 'out.p1')
    })
  }
})

describe('an optimizer', () => {
  const make = (values: number[]): Map<string, Parameter> =>
    new Map([
      ['weight', new Parameter(tensor([values]))],
      ['bias', new Parameter(tensor(values))],
    ])
  const gradients = () => [tensor([[1, 2]]), tensor([3, 4])]

  test('goes on from a saved state to the same bits', async () => {
    const tensors = new TorchTensors('optim', cases.find(({ name }) => name === 'adamw_bigeps')!)
    const step = (optimizer: Optimizer, from: number, to: number): void => {
      for (let s = from; s < to; s++) {
        const now = ['in.g0', 'in.g1'].map((g) =>
          tensors
            .tensor(g)
            .slice([s], [s + 1])
            .reshape(tensors.shape(g).slice(1)),
        )
        optimizer.step(now, { learningRate: 0.01 })
      }
    }
    const straight = parametersOf(tensors)
    step(new AdamW(straight), 0, 10)

    const interrupted = parametersOf(tensors)
    const before = new AdamW(interrupted)
    step(before, 0, 5)
    const after = new AdamW(interrupted)
    after.load(before.state())
    before.dispose()
    step(after, 5, 10)
    for (const [name, { stored }] of straight)
      expect(await interrupted.get(name)!.stored.data()).toEqual(await stored.data())
  })

  test('gives groups their own decay and learning rate, the first that matches', async () => {
    const parameters = make([1, 1])
    const optimizer = new SGD(parameters, {
      weightDecay: 1,
      groups: [{ matches: (name) => name === 'weight', learningRateFactor: 10 }, vectorsWithoutDecay],
    })
    optimizer.step([tensor([[0, 0]]), tensor([0, 1])], { learningRate: 0.01 })
    expect([...(await parameters.get('weight')!.stored.data())]).toEqual([0.9, 0.9].map(Math.fround))
    expect([...(await parameters.get('bias')!.stored.data())]).toEqual([1, 0.99].map(Math.fround))
  })

  test('AdamW with several learning rates moves each parameter by its own', async () => {
    const parameters = make([0, 0])
    const optimizer = new AdamW(parameters, {
      groups: [{ matches: (name) => name === 'bias', learningRateFactor: 0.5 }],
    })
    optimizer.step(gradients(), { learningRate: 0.1 })
    // The first step of Adam is the learning rate, against the sign of the gradient.
    for (const x of await parameters.get('weight')!.stored.data()) expect(x).toBeCloseTo(-0.1, 6)
    for (const x of await parameters.get('bias')!.stored.data()) expect(x).toBeCloseTo(-0.05, 6)
  })

  test('the decay of Adam is part of the gradient, so a first step is as long with it as without', async () => {
    const parameters = make([1, 1])
    new Adam(parameters, { weightDecay: 0.5 }).step(
      gradients().map((g) => g.mul(0)),
      { learningRate: 0.1 },
    )
    for (const x of await parameters.get('bias')!.stored.data()) expect(x).toBeCloseTo(0.9, 6)
  })

  test('leaves frozen parameters alone and wants no gradients for them', async () => {
    const parameters = make([1, 1])
    parameters.get('weight')!.trainable = false
    const optimizer = new SGD(parameters)
    expect([...optimizer.parameters.keys()]).toEqual(['bias'])
    expect(() => optimizer.step(gradients(), { learningRate: 1 })).toThrow('2 gradients for 1 parameters')
    optimizer.step([tensor([1, 1])], { learningRate: 1 })
    expect([...(await parameters.get('weight')!.stored.data())]).toEqual([1, 1])
  })

  test('refuses a state that is not its own, and keeps what it has', () => {
    const optimizer = new AdamW(make([1, 1]))
    optimizer.step(gradients(), { learningRate: 1 })
    const { tensors } = new SGD(make([1, 1]), { momentum: 0.9 }).state()
    expect(() => optimizer.load({ step: 7, tensors })).toThrow(TensorMismatchError)
    expect(optimizer.state().step).toBe(1)
  })

  test('keeps nothing but its state: memory does not grow with steps', () => {
    const parameters = make([1, 1])
    const [g, h] = gradients()
    const optimizer = new AdamW(parameters)
    optimizer.step([g!, h!], { learningRate: 1 })
    const { backend } = g!
    const { tensors, bytes } = backend.memory()
    for (let step = 0; step < 20; step++) {
      using _step = scope()
      const { scale } = clipScale([g!, h!], 1)
      optimizer.step([g!, h!], { learningRate: 1, scale })
    }
    expect(backend.memory()).toMatchObject({ tensors, bytes })
  })
})

describe('clipping', () => {
  test('scales gradients to the greatest norm, and only down', async () => {
    const gradients = [tensor([3]), tensor([[0, 4]])]
    const { norm, scale } = clipScale(gradients, 1)
    expect(await norm.item()).toBeCloseTo(5, 6)
    expect(await scale.item()).toBeCloseTo(1 / (5 + 1e-6), 6)
    expect(await clipScale(gradients, 10).scale.item()).toBe(1)
  })

  test('a gradient that is no number makes a scale that is none', async () => {
    expect(await clipScale([tensor([Number.NaN])], 1).scale.item()).toBeNaN()
  })

  test('the scale of a step multiplies every gradient', async () => {
    const parameter = new Parameter(tensor([1, 1]))
    new SGD(new Map([['p', parameter]])).step([tensor([2, 4])], { learningRate: 1, scale: tensor(0.25) })
    expect([...(await parameter.stored.data())]).toEqual([0.5, 0])
  })
})
