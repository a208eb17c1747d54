import { valueAndGrad } from '@tlc/autograd'
import * as nn from '@tlc/nn'
import { type Optimizer, type OptimizerOptions, Parameter } from '@tlc/nn'
import { key, normal, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { clearPruned } from './clear-pruned.ts'
import { bakeIn, removeMask, setMask } from './mask.ts'

useBackend(await openBackend('reference'))

type Make = new (
  parameters: ReadonlyMap<string, Parameter>,
  options: OptimizerOptions & { momentum?: number },
) => Optimizer

/** Whatever the package exports, so that a new one is here from its first day. */
const optimizers = Object.entries(nn).filter(
  ([name, type]) =>
    typeof type === 'function' && type.prototype instanceof nn.Optimizer && name !== 'ParameterwiseOptimizer',
) as unknown as [string, Make][]

const shape = [4, 6]
// No whole row or column, which even Muon would leave 0.
const mask = Uint8Array.from({ length: 24 }, (_, index) => Number(index % 5 !== 1))
const pruned = [...mask.keys()].filter((index) => mask[index] === 0)

/** A weight in the midst of training toward a target, with all that its optimizer can remember. */
function inTraining(make: Make): { weight: Parameter; optimizer: Optimizer; train: (steps: number) => void } {
  const weight = new Parameter(normal(key(1), shape))
  const options = { weightDecay: 0.1, ...(make === (nn.SGD as unknown) ? { momentum: 0.9 } : {}) }
  const optimizer = new make(new Map([['weight', weight]]), options)
  const target = normal(key(2), shape)
  const loss = (): Tensor => weight.value.sub(target).square().sum()
  const train = (steps: number): void => {
    for (let step = 0; step < steps; step++)
      optimizer.step(valueAndGrad(loss, optimizer.weights).gradients, { learningRate: 0.01 })
  }
  train(5)
  return { weight, optimizer, train }
}

const at = async (of: Tensor, places: readonly number[]): Promise<number[]> => {
  const values = await of.data()
  return places.map((index) => values[index]!)
}
const zeros = pruned.map(() => 0)

describe('zeros and optimizers', () => {
  it('there are all of them', () => {
    expect(optimizers.map(([name]) => name)).toEqual(
      expect.arrayContaining(['SGD', 'AdamW', 'Muon', 'Rprop', 'Adafactor']),
    )
    expect(optimizers.length).toBeGreaterThanOrEqual(11)
  })

  it.each(optimizers)('%s moves what is stored under a mask, and the value stays exactly 0', async (_, make) => {
    const { weight, train } = inTraining(make)
    setMask(weight, mask)
    for (let step = 0; step < 10; step++) {
      train(1)
      expect(await at(weight.value, pruned)).toEqual(zeros)
    }
    // From the state of before or by decay: without this the test would prove nothing.
    expect((await at(weight.stored, pruned)).every((value) => value !== 0)).toBe(true)
  })

  it.each(optimizers.filter(([name]) => name !== 'Muon'))(
    '%s does not move a cleared zero, whose stored value is 0 from then on and after the mask is gone',
    async (_, make) => {
      const { weight, optimizer, train } = inTraining(make)
      setMask(weight, mask)
      clearPruned(optimizer)
      for (let step = 0; step < 10; step++) {
        train(1)
        expect(await at(weight.stored, pruned)).toEqual(zeros)
      }
      removeMask(weight)
      expect(await at(weight.value, pruned)).toEqual(zeros)
      expect((await weight.value.data()).filter((value) => value === 0)).toHaveLength(pruned.length)
    },
  )

  it.each(optimizers)('%s remembers nothing of an entry of its own once it is cleared', async (_, make) => {
    const { weight, optimizer, train } = inTraining(make)
    setMask(weight, mask)
    train(2)
    clearPruned(optimizer)
    expect(await at(weight.stored, pruned)).toEqual(zeros)
    for (const remembered of optimizer.state().tensors.values()) {
      if (remembered.size === 24) expect(await at(remembered, pruned)).toEqual(zeros)
    }
  })

  it.each(optimizers)('%s leaves zeros that are baked in, after its last step', async (_, make) => {
    const { weight, train } = inTraining(make)
    setMask(weight, mask)
    train(3)
    const before = await weight.value.data()
    bakeIn(weight)
    expect(weight.transforms).toHaveLength(0)
    expect(await weight.value.data()).toEqual(before)
    expect(await at(weight.value, pruned)).toEqual(zeros)
  })

  it('Muon mixes the entries of a matrix, so that what it stores is cleared after its last step', async () => {
    const { weight, optimizer, train } = inTraining(nn.Muon)
    setMask(weight, mask)
    clearPruned(optimizer)
    train(3)
    expect((await at(weight.stored, pruned)).some((value) => value !== 0)).toBe(true)
    clearPruned(optimizer)
    removeMask(weight)
    expect(await at(weight.value, pruned)).toEqual(zeros)
  })

  it('clears only what has a mask, and the kept entries go on as if nothing had happened', async () => {
    const run = async (clear: boolean): Promise<number[]> => {
      const { weight, optimizer, train } = inTraining(nn.AdamW as unknown as Make)
      setMask(weight, mask)
      if (clear) clearPruned(optimizer)
      train(5)
      return [...(await weight.value.data())]
    }
    expect(await run(true)).toEqual(await run(false))
    const untouched = new Parameter(tensor([1, 2]))
    const optimizer = new nn.SGD(new Map([['w', untouched]]))
    clearPruned(optimizer)
    expect([...(await untouched.stored.data())]).toEqual([1, 2])
  })
})
