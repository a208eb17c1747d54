import { valueAndGrad } from '@tlc/autograd'
import { AdamW, Parameter, SGD } from '@tlc/nn'
import { openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { fixtureTensor } from '../test/fixture.ts'
import { bakeIn, maskOf, removeMask, setMask } from './mask.ts'

const backend = await openBackend('reference')
useBackend(backend)

const parameter = (values: readonly number[]): Parameter => new Parameter(tensor(Float32Array.from(values)))
const valuesOf = async (of: Parameter): Promise<number[]> => [...(await of.value.data())]

describe('a mask on a parameter', () => {
  it('makes values zero where it is 0, even what is not finite, and leaves the stored ones', async () => {
    const weight = parameter([1, -2, Number.NaN, -0.5])
    setMask(weight, Uint8Array.of(1, 0, 0, 1))
    expect(await valuesOf(weight)).toEqual([1, 0, 0, -0.5])
    expect([...(await weight.stored.data())]).toEqual([1, -2, Number.NaN, -0.5])
  })

  it('is replaced by the next, removed, or baked in', async () => {
    const weight = parameter([1, 2, 3])
    setMask(weight, Uint8Array.of(0, 1, 1))
    setMask(weight, Uint8Array.of(1, 0, 1))
    expect(weight.transforms).toHaveLength(1)
    expect(await valuesOf(weight)).toEqual([1, 0, 3])
    removeMask(weight)
    expect(maskOf(weight)).toBeUndefined()
    expect(await valuesOf(weight)).toEqual([1, 2, 3])
    setMask(weight, Uint8Array.of(1, 1, 0))
    bakeIn(weight)
    expect(weight.transforms).toHaveLength(0)
    expect([...(await weight.stored.data())]).toEqual([1, 2, 0])
  })

  it('outlives the scope it was set in, and frees its memory when it is removed', async () => {
    const weight = parameter([1, 2, 3])
    const before = backend.memory()
    {
      using _inner = scope()
      setMask(weight, Uint8Array.of(1, 0, 1))
      setMask(weight, Uint8Array.of(1, 0, 0))
    }
    expect(await valuesOf(weight)).toEqual([1, 0, 0])
    {
      using _inner = scope()
      removeMask(weight)
    }
    // One value was read outside any scope above: 3 floats, and the scalar 0 it chose from.
    expect(backend.memory().tensors - before.tensors).toBeLessThanOrEqual(2)
  })

  it('refuses another size, and entries other than 0 and 1', () => {
    const weight = parameter([1, 2, 3])
    expect(() => setMask(weight, Uint8Array.of(1, 0))).toThrow('the mask has 2 entries, the parameter 3')
    expect(() => setMask(weight, Uint8Array.of(1, 2, 0))).toThrow('entry 1 is 2, expected 0 (pruned) or 1 (kept)')
  })

  it('is a copy when read', () => {
    const weight = parameter([1, 2])
    setMask(weight, Uint8Array.of(1, 0))
    maskOf(weight)!.fill(1)
    expect([...maskOf(weight)!]).toEqual([1, 0])
  })
})

describe('training under a mask', () => {
  it('follows PyTorch: prune by l1, then 5 steps of SGD with momentum', async () => {
    const file = 'prune_then_sgd5.safetensors'
    const given = (name: string): Tensor => {
      const { values, shape } = fixtureTensor(file, name)
      return tensor(Float32Array.from(values), { shape })
    }
    const weight = new Parameter(given('in.weight'))
    const bias = new Parameter(given('in.bias'))
    const [x, y] = [given('in.x'), given('in.y')]
    setMask(weight, Uint8Array.from(fixtureTensor(file, 'out.mask').values))
    const optimizer = new SGD(
      new Map([
        ['weight', weight],
        ['bias', bias],
      ]),
      { momentum: 0.9 },
    )
    const loss = (): Tensor => x.matmul(weight.value.transpose()).add(bias.value).sub(y).square().mean()
    for (let step = 0; step < 5; step++) {
      const { gradients } = valueAndGrad(loss, optimizer.weights)
      if (step === 0) await expectClose(gradients[0]!, 'out.grad_orig_step0')
      optimizer.step(gradients, { learningRate: 0.1 })
    }
    await expectClose(weight.stored, 'out.weight_orig')
    await expectClose(weight.value, 'out.weight')
    await expectClose(bias.value, 'out.bias')

    /** PyTorch's numbers are f32 sums of a few dozen products in another order: some units in the last place of 1. */
    async function expectClose(actual: Tensor, name: string): Promise<void> {
      const values = await actual.data()
      fixtureTensor(file, name).values.forEach((expected, i) =>
        expect(Math.abs(values[i]! - expected)).toBeLessThan(2e-6),
      )
    }
  })

  it('keeps zeros exact through AdamW with momentum from before and weight decay', async () => {
    const weight = new Parameter(tensor([0.5, -0.4, 0.3, -0.2]))
    const optimizer = new AdamW(new Map([['weight', weight]]), { weightDecay: 0.1 })
    const step = async (): Promise<number[]> => {
      const { gradients } = valueAndGrad(
        () =>
          weight.value
            .sub(tensor([1, 1, -1, -1]))
            .square()
            .sum(),
        optimizer.weights,
      )
      optimizer.step(gradients, { learningRate: 0.05 })
      return [...(await gradients[0]!.data())]
    }
    for (let i = 0; i < 5; i++) await step()
    setMask(weight, Uint8Array.of(1, 0, 1, 0))
    const hidden = (await weight.stored.data())[1]
    for (let i = 0; i < 20; i++) {
      const gradient = await step()
      const value = await valuesOf(weight)
      // Object.is: +0, neither -0 nor something small.
      for (const pruned of [1, 3])
        expect([Object.is(gradient[pruned], 0), Object.is(value[pruned], 0)]).toEqual([true, true])
      expect(value[0]).not.toBe(0)
    }
    // The test would prove nothing if momentum and decay had not moved what is under the mask.
    expect((await weight.stored.data())[1]).not.toBe(hidden)
  })
})
