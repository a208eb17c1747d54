import { grad, valueAndGrad } from '@tlc/autograd'
import { Parameter, SGD } from '@tlc/nn'
import { key, normal, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fixtureTensor } from '../../test/fixture.ts'
import { maskOf } from '../mask.ts'
import { sparsityOf } from '../sparsity.ts'
import { aboveThreshold, topK } from './binarizers.ts'
import { maskByScores } from './mask-by-scores.ts'
import { MovementPruning } from './movement-pruning.ts'

const backend = await openBackend('reference')
useBackend(backend)

describe('a mask with straight-through scores', () => {
  it('passes to the scores what reaches the masked weight, times the weight, pruned ones included', async () => {
    const [weight, scores] = [tensor([1, -2, 3]), tensor([0.1, 0.2, 0.3])]
    const mask = tensor([1, 0, 1], { dtype: 'bool' })
    const [dWeight, dScores] = grad(
      ([w, s]) =>
        maskByScores([w, s, mask], {})
          .mul(tensor([10, 20, 30]))
          .sum(),
      [weight, scores],
    )
    expect([...(await dWeight.data())]).toEqual([10, 0, 30])
    expect([...(await dScores.data())]).toEqual([10, -40, 90])
  })
})

describe('movement pruning', () => {
  it.each(['reference', 'wasm'] as const)(
    "follows the authors' code on %s: six steps, 10% less kept each",
    async (on) => {
      useBackend(await openBackend(on))
      onTestFinished(() => useBackend(backend))
      const file = 'movement_train6.safetensors'
      const given = (name: string): Tensor => {
        const { values, shape } = fixtureTensor(file, name)
        return tensor(Float32Array.from(values), { shape })
      }
      const weight = new Parameter(given('in.weight'))
      const [x, y] = [given('in.x'), given('in.y')]
      const movement = new MovementPruning(new Map([['w', weight]]), { binarizer: (step) => topK(1 - 0.1 * step) })
      const scores = movement.scores.get('w.scores')!
      expect([...(await scores.stored.data())]).toEqual(fixtureTensor(file, 'in.scores').values)
      const optimizer = new SGD(new Map([['w', weight], ...movement.scores]))
      for (let step = 0; step < 6; step++) {
        const expected = fixtureTensor(file, `out.mask${step}`).values
        const { zeros } = await movement.update(step)
        expect(zeros).toBe(expected.filter((kept) => kept === 0).length)
        expect([...(await weight.value.data())].map((value) => Number(value !== 0))).toEqual(expected)
        const loss = (): Tensor => x.matmul(weight.value.transpose()).sub(y).square().mean()
        optimizer.step(valueAndGrad(loss, optimizer.weights).gradients, { learningRate: 0.05 })
        await expectClose(weight.stored, `out.weight${step}`)
        await expectClose(scores.stored, `out.scores${step}`)
      }
      await movement.freeze()
      expect([...maskOf(weight)!]).toEqual(fixtureTensor(file, 'out.mask5').values)

      /** PyTorch's numbers are f32 sums of ten products in another order: some units in the last place of 1. */
      async function expectClose(actual: Tensor, name: string): Promise<void> {
        const values = await actual.data()
        fixtureTensor(file, name).values.forEach((expected, i) =>
          expect(Math.abs(values[i]! - expected)).toBeLessThan(1e-6),
        )
      }
    },
  )

  it('lets a pruned weight come back, and once frozen no more', async () => {
    const weight = new Parameter(tensor([1, 2, 3, 4]))
    const movement = new MovementPruning(new Map([['w', weight]]), { binarizer: () => topK(0.5) })
    const scores = movement.scores.get('w.scores')!.stored
    scores.assign(tensor([1, 2, 3, 4]))
    expect(await movement.update(0)).toEqual({ size: 4, zeros: 2, sparsity: 0.5 })
    expect([...(await weight.value.data())]).toEqual([0, 0, 3, 4])
    scores.assign(tensor([4, 3, 2, 1]))
    await movement.update(1)
    expect([...(await weight.value.data())]).toEqual([1, 2, 0, 0])
    await movement.freeze()
    expect(weight.transforms).toHaveLength(1)
    expect([...(await weight.value.data())]).toEqual([1, 2, 0, 0])
    expect(sparsityOf(new Map([['w', weight]])).zeros).toBe(2)
  })

  it('ranks each matrix by itself, or all together', async () => {
    const zerosWith = async (scope?: 'global'): Promise<number[]> => {
      const weights = [new Parameter(tensor([1, 2])), new Parameter(tensor([3, 4]))]
      const named = new Map(weights.map((weight, index) => [`w${index}`, weight]))
      using movement = new MovementPruning(named, { binarizer: () => topK(0.5), ...(scope && { scope }) })
      movement.scores.get('w0.scores')!.stored.assign(tensor([1, 2]))
      movement.scores.get('w1.scores')!.stored.assign(tensor([3, 4]))
      await movement.update(0)
      const values = await Promise.all(weights.map(({ value }) => value.data()))
      return values.map((each) => each.filter((value) => value === 0).length)
    }
    expect(await zerosWith()).toEqual([1, 1])
    expect(await zerosWith('global')).toEqual([2, 0])
  })

  it('soft: its penalty is λ times the mean of σ(S), and pushes scores below the threshold', async () => {
    const weights = [new Parameter(tensor([1, 2, 3])), new Parameter(tensor([5]))]
    const named = new Map(weights.map((weight, index) => [`w${index}`, weight]))
    using movement = new MovementPruning(named, { binarizer: () => aboveThreshold(0.1, { sigmoid: true }) })
    // σ(0) = 1 / 2
    expect(await movement.penalty(3).item()).toBeCloseTo(1.5, 6)
    const scores = [...movement.scores.values()].map(({ stored }) => stored)
    scores[0]!.assign(tensor([1, -2, 0.5]))
    const [dFirst] = grad(() => movement.penalty(3), scores)
    const values = await dFirst!.data()
    const slope = (score: number): number => 1 / (1 + Math.exp(-score)) / (1 + Math.exp(score))
    // Of two means the first is one over three scores.
    for (const [i, score] of [1, -2, 0.5].entries()) expect(values[i]).toBeCloseTo((3 / 2) * (slope(score) / 3), 6)
    expect((await movement.update(0)).zeros).toBe(0)
    const optimizer = new SGD(movement.scores)
    for (let step = 0; step < 200; step++)
      optimizer.step(valueAndGrad(() => movement.penalty(10), optimizer.weights).gradients, { learningRate: 1 })
    // One of each is left.
    expect(await movement.update(0)).toEqual({ size: 4, zeros: 2, sparsity: 0.5 })
  })

  it('outlives the scope it was made in', async () => {
    const weight = new Parameter(tensor([1, 2]))
    const make = (): MovementPruning => {
      using _inner = scope()
      return new MovementPruning(new Map([['w', weight]]), { binarizer: () => topK(0.5) })
    }
    using movement = make()
    await movement.update(0)
    expect([...(await weight.value.data())]).toEqual([0, 2])
    expect(await movement.penalty(1).item()).toBeCloseTo(0.5, 6)
  })

  it('leaves nothing behind', async () => {
    // Of its own, and in a scope: elsewhere garbage is collected at any moment.
    const fresh = await openBackend('reference')
    using _held = scope()
    useBackend(fresh)
    onTestFinished(() => useBackend(backend))
    const weight = new Parameter(normal(key(1), [3, 3]))
    const named = new Map([
      ['w', weight],
      ['tied', weight],
    ])
    const before = fresh.memory().tensors
    {
      using movement = new MovementPruning(named, { binarizer: () => topK(0.5) })
      await movement.update(0)
      expect([...movement.scores.keys()]).toEqual(['w.scores'])
    }
    expect(weight.transforms).toHaveLength(0)
    expect(fresh.memory().tensors).toBe(before)
  })
})
