import { openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { regression } from '../test/regression.ts'
import { accumulate } from './accumulate.ts'
import { SGD } from './optimizers/sgd.ts'
import { Parameter } from './parameter.ts'
import { finiteLoss, finiteStep, NonFiniteLossError, trainStep } from './train-step.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const parameter = (values: number[]): Map<string, Parameter> => new Map([['w', new Parameter(tensor(values))]])

describe('a training step', () => {
  test('moves against the gradient and gives loss and norm', async () => {
    const parameters = parameter([3, 4])
    const w = parameters.get('w')!
    const loss = (): Tensor => w.value.mul(w.value).sum()
    const result = trainStep({ optimizer: new SGD(parameters), loss, microBatches: [0], learningRate: 0.1 })
    expect([await result.loss.item(), await result.gradientNorm.item()]).toEqual([25, 10])
    expect([...(await w.stored.data())]).toEqual([2.4, 3.2].map(Math.fround))
  })

  test('clips the gradient to the greatest norm', async () => {
    const parameters = parameter([3, 4])
    const w = parameters.get('w')!
    const loss = (): Tensor => w.value.mul(w.value).sum()
    trainStep({ optimizer: new SGD(parameters), loss, microBatches: [0], learningRate: 1, maxNorm: 1 })
    const [x, y] = await w.stored.data()
    expect(x).toBeCloseTo(2.4, 5)
    expect(y).toBeCloseTo(3.2, 5)
  })

  test('trains the weights under their transforms', async () => {
    const parameters = parameter([3, 4])
    const w = parameters.get('w')!
    w.transforms.push((weight) => weight.mul(tensor([1, 0])))
    trainStep({ optimizer: new SGD(parameters), loss: () => w.value.sum(), microBatches: [0], learningRate: 1 })
    expect([...(await w.stored.data())]).toEqual([2, 4])
  })

  test('of micro-batches is that of the whole batch', async () => {
    const examples = [1, -2, 3, 5, 8, 13]
    const step = async (microBatches: number[][], weights?: number[]): Promise<number[]> => {
      const parameters = parameter([1.5])
      const w = parameters.get('w')!
      const loss = (batch: number[]): Tensor => w.value.mul(tensor(batch)).tanh().mean()
      const optimizer = new SGD(parameters)
      const result = trainStep({ optimizer, loss, microBatches, learningRate: 1, ...(weights && { weights }) })
      return [...(await w.stored.data()), await result.loss.item()]
    }
    const [whole, thirds, uneven] = [
      await step([examples]),
      await step([examples.slice(0, 2), examples.slice(2, 4), examples.slice(4)]),
      await step([examples.slice(0, 1), examples.slice(1)], [1 / 6, 5 / 6]),
    ]
    // The sums are rounded in another order: a few units in the last place.
    whole.forEach((value, index) => {
      expect(thirds[index]).toBeCloseTo(value, 6)
      expect(uneven[index]).toBeCloseTo(value, 6)
    })
  })

  test('keeps no memory', async () => {
    const { model, train } = regression()
    await train(0)
    const { backend } = model.layers[0]!.forward(tensor([[0, 0, 0]]))
    using _rest = scope()
    const { tensors, bytes } = backend.memory()
    for (let step = 1; step < 50; step++) await train(step)
    expect(backend.memory()).toMatchObject({ tensors, bytes })
  })

  test('a loss that is no number stops with its step', async () => {
    await expect(finiteLoss(tensor(Number.NaN), 7)).rejects.toThrow(NonFiniteLossError)
    await expect(finiteLoss(tensor(Number.POSITIVE_INFINITY), 7)).rejects.toThrow('the loss of step 7 is Infinity')
    expect(await finiteLoss(tensor(1.5), 7)).toBe(1.5)
    const overflowed = { loss: tensor(1.5), gradientNorm: tensor(Number.POSITIVE_INFINITY) }
    await expect(finiteStep(overflowed, 7)).rejects.toThrow('the norm of the gradients of step 7 is Infinity')
    expect(await finiteStep({ loss: tensor(1.5), gradientNorm: tensor(2) }, 7)).toBe(1.5)
  })

  test('micro-batches and weights that do not match are refused', () => {
    const none = () => ({ value: tensor(0), gradients: [] })
    expect(() => accumulate([], none)).toThrow('one micro-batch at least')
    expect(() => accumulate([1, 2], none, [1])).toThrow('1 weights for 2 micro-batches')
  })
})
