import { currentBackend, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { everyOptimizer } from '../../test/every-optimizer.ts'
import { firstParameters, gradientsOf, optimizerCases } from '../../test/optimizer-trajectories.ts'
import { TorchTensors } from '../../test/torch.ts'
import { encodeCheckpoint, restoreCheckpoint } from '../checkpoint.ts'
import { clipByValue, clipScale } from '../clip.ts'
import { TensorMismatchError } from '../copy-tensors.ts'
import { Module, namedParameters } from '../module.ts'
import { Parameter } from '../parameter.ts'
import { Adam } from './adam.ts'
import { AdamW } from './adamw.ts'
import { type Optimizer, vectorsWithoutDecay } from './optimizer.ts'
import { SGD } from './sgd.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

/** The two parameters of PyTorch's trajectories, as a model. */
class Pair extends Module {
  readonly p0: Parameter
  readonly p1: Parameter

  constructor(parameters: ReadonlyMap<string, Parameter>) {
    super()
    this.p0 = parameters.get('p0')!
    this.p1 = parameters.get('p1')!
  }
}

describe('an optimizer', () => {
  const make = (values: number[]): Map<string, Parameter> =>
    new Map([
      ['weight', new Parameter(tensor([values]))],
      ['bias', new Parameter(tensor(values))],
    ])
  const gradients = () => [tensor([[1, 2]]), tensor([3, 4])]

  describe.each(Object.entries(everyOptimizer))('%s', (_, makeOptimizer) => {
    const tensors = new TorchTensors('optim', optimizerCases[0]!)
    const stepFrom = (optimizer: Optimizer, from: number, to: number, scale?: Tensor): void => {
      for (let step = from; step < to; step++)
        optimizer.step(gradientsOf(tensors, step), { learningRate: 0.01, ...(scale && { scale }) })
    }
    const bits = async (parameters: Map<string, Parameter>, optimizer: Optimizer): Promise<unknown[]> =>
      Promise.all(
        [...optimizer.state().tensors.values(), ...[...parameters.values()].map(({ stored }) => stored)].map((x) =>
          x.data(),
        ),
      )

    test('goes on from a checkpoint to the same bits', async () => {
      const straight = firstParameters(tensors)
      const whole = makeOptimizer(straight)
      stepFrom(whole, 0, 10)

      const interrupted = new Pair(firstParameters(tensors))
      const before = makeOptimizer(namedParameters(interrupted))
      stepFrom(before, 0, 5)
      const files = await encodeCheckpoint({ model: interrupted, optimizer: before }, 'half way')

      const again = new Pair(firstParameters(tensors))
      const parameters = namedParameters(again)
      const after = makeOptimizer(parameters)
      expect(restoreCheckpoint({ model: again, optimizer: after }, files)).toBe('half way')
      stepFrom(after, 5, 10)
      expect(await bits(parameters, after)).toEqual(await bits(straight, whole))
    })

    test('changes nothing in a step whose scale is NaN, also where gradients are', async () => {
      const parameters = firstParameters(tensors)
      const optimizer = makeOptimizer(parameters)
      stepFrom(optimizer, 0, 2)
      const before = await bits(parameters, optimizer)
      stepFrom(optimizer, 2, 3, tensor(Number.NaN))
      optimizer.step(
        gradientsOf(tensors, 3).map((g) => g.mul(Number.NaN)),
        { learningRate: 0.01, scale: tensor(Number.NaN) },
      )
      expect(await bits(parameters, optimizer)).toEqual(before)
      stepFrom(optimizer, 4, 5)
      expect(await bits(parameters, optimizer)).not.toEqual(before)
    })

    test('keeps nothing but its state: memory does not grow with steps', () => {
      const optimizer = makeOptimizer(firstParameters(tensors))
      const held: number[] = []
      for (let step = 0; step < 10; step++) {
        held.push(currentBackend().memory().bytes)
        using _step = scope()
        const gradients = gradientsOf(tensors, step)
        optimizer.step(gradients, { learningRate: 0.01, scale: clipScale(gradients, 1).scale })
      }
      expect(new Set(held).size).toBe(1)
    })

    test('climbs where it is told to maximize, as it descends along the negative', async () => {
      const [down, up] = [firstParameters(tensors), firstParameters(tensors)]
      const descending = makeOptimizer(down)
      const climbing = makeOptimizer(up, { maximize: true })
      stepFrom(descending, 0, 3)
      stepFrom(climbing, 0, 3, tensor(-1))
      expect(await bits(up, climbing)).toEqual(await bits(down, descending))
    })

    test('finds the bottom of a bowl that is steeper along one axis', async () => {
      const steepness = tensor([[1, 5]])
      const parameters = new Map([['p', new Parameter(tensor([[0.4, -0.3]]))]])
      const optimizer = makeOptimizer(parameters, { weightDecay: 0 })
      const { stored } = parameters.get('p')!
      const steps = 300
      for (let step = 0; step < steps; step++)
        optimizer.step([stored.mul(steepness)], { learningRate: 0.05 * (1 - step / steps) })
      for (const x of await stored.data()) expect(Math.abs(x)).toBeLessThan(0.02)
    })
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

  test('by value limits each element on both sides and lets NaN through', async () => {
    const [clipped] = clipByValue([tensor([-3, -0.5, 0, 0.25, 7, Number.NaN])], 0.5)
    expect([...(await clipped!.data())]).toEqual([-0.5, -0.5, 0, 0.25, 0.5, Number.NaN])
    expect(() => clipByValue([], 0)).toThrow('limit must be > 0, got 0')
  })

  test('the scale of a step multiplies every gradient', async () => {
    const parameter = new Parameter(tensor([1, 1]))
    new SGD(new Map([['p', parameter]])).step([tensor([2, 4])], { learningRate: 1, scale: tensor(0.25) })
    expect([...(await parameter.stored.data())]).toEqual([0.5, 0])
  })
})
