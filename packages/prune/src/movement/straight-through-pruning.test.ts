import { grad } from '@tlc/autograd'
import { meanSquaredError, Parameter, SGD, trainStep } from '@tlc/nn'
import { key, normal, openBackend, scope, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it, onTestFinished } from 'vitest'
import { maskOf } from '../mask.ts'
import { nm } from '../structures/nm.ts'
import { StraightThroughPruning } from './straight-through-pruning.ts'

const backend = await openBackend('reference')
useBackend(backend)

describe('pruning with gradients straight through', () => {
  it('uses the largest, and gives pruned weights their gradient and λ w', async () => {
    const weight = new Parameter(tensor([1, -2, 3, -4]))
    using training = new StraightThroughPruning(new Map([['w', weight]]), { sparsity: () => 0.5, decay: 0.5 })
    expect(await training.update(0)).toEqual({ size: 4, zeros: 2, sparsity: 0.5 })
    expect([...(await weight.value.data())]).toEqual([0, 0, 3, -4])
    const [gradient] = grad(() => weight.value.mul(tensor([10, 20, 30, 40])).sum(), [weight.stored])
    expect([...(await gradient!.data())]).toEqual([10.5, 19, 30, 40])
  })

  it('trains 2:4 from scratch: weights change places, zeros stay exact, and the frozen mask is 2:4', async () => {
    const weight = new Parameter(normal(key(1), [4, 8]))
    const named = new Map([['w', weight]])
    const training = new StraightThroughPruning(named, { structure: nm(2, 4), sparsity: () => 0.5 })
    const optimizer = new SGD(named)
    // A target that is 2:4 itself, so that the loss can go to 0 where the right ones are found.
    const places = Float32Array.from({ length: 32 }, (_, index) => (index % 4 < 2 ? 1 : 0))
    const target = normal(key(2), [4, 8]).mul(tensor(places, { shape: [4, 8] }))
    const x = normal(key(3), [64, 8])
    const losses: number[] = []
    const masks = new Set<string>()
    for (let step = 0; step < 150; step++) {
      using _step = scope()
      expect((await training.update(step)).zeros).toBe(16)
      masks.add((await weight.value.data()).map((value) => Number(value !== 0)).join(''))
      const { loss } = trainStep({
        optimizer,
        microBatches: [0],
        learningRate: 0.5,
        loss: () => meanSquaredError(x.matmul(weight.value.transpose()), x.matmul(target.transpose())),
      })
      losses.push(await loss.item())
    }
    expect(masks.size).toBeGreaterThan(1)
    expect(losses.at(-1)!).toBeLessThan(0.01 * losses[0]!)
    await training.freeze()
    expect(maskOf(weight)).toEqual(Uint8Array.from(places))
    expect(weight.transforms).toHaveLength(1)
  })

  it('leaves nothing behind', async () => {
    // Of its own, and in a scope: elsewhere garbage is collected at any moment.
    const fresh = await openBackend('reference')
    using _held = scope()
    useBackend(fresh)
    onTestFinished(() => useBackend(backend))
    const weight = new Parameter(normal(key(1), [3, 3]))
    const before = fresh.memory().tensors
    {
      using training = new StraightThroughPruning(new Map([['w', weight]]), { sparsity: () => 0.5 })
      await training.update(0)
    }
    expect(weight.transforms).toHaveLength(0)
    expect(fresh.memory().tensors).toBe(before)
  })
})
