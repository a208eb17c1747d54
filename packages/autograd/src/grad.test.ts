import { composites, key, normal, openBackend, relu, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { grad, stopGradient, valueAndGrad, vjp } from './index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

describe('valueAndGrad', () => {
  it('gives the value and a gradient in the place of each input', async () => {
    const a = tensor([1, 2, 3])
    const b = tensor(4)
    const { value, gradients } = valueAndGrad(([x, y]) => x.mul(x).mul(y).sum(), [a, b])
    expect(await value.item()).toBe(56)
    expect(await gradients[0].data()).toEqual(Float32Array.of(8, 16, 24))
    expect(await gradients[1].data()).toEqual(Float32Array.of(14))
  })

  it('has 0 for the slope of relu at 0, and lets NaN through', async () => {
    const x = tensor([-1, 0, 2, Number.NaN])
    const { value, gradients } = valueAndGrad(([x]) => relu(x).sum(), [x])
    expect(await value.item()).toBeNaN()
    expect(await gradients[0].data()).toEqual(Float32Array.of(0, 0, 1, 1))
  })

  it('names gradients as the inputs are named', async () => {
    const { gradients } = valueAndGrad(({ x, y }) => x.mul(y).sum(), { x: tensor([1, 2]), y: tensor([3, 4]) })
    expect(await gradients.x.data()).toEqual(Float32Array.of(3, 4))
    expect(await gradients.y.data()).toEqual(Float32Array.of(1, 2))
  })

  it('lets auxiliary tensors out', async () => {
    const x = tensor([1, 2])
    const { auxiliary, gradients } = valueAndGrad(() => {
      const squares = x.mul(x)
      return { value: squares.sum(), auxiliary: { squares, count: 2 } }
    }, [x])
    const squares: Tensor = auxiliary.squares
    expect(await squares.data()).toEqual(Float32Array.of(1, 4))
    expect(auxiliary.count).toBe(2)
    expect(await gradients[0].data()).toEqual(Float32Array.of(2, 4))
  })

  it('gives zeros for an input that the value does not depend on', async () => {
    const { gradients } = valueAndGrad(([x]) => x.sum(), [tensor([1, 2]), tensor([[3, 4]])])
    expect(gradients[1].shape).toEqual([1, 2])
    expect(await gradients[1].data()).toEqual(Float32Array.of(0, 0))
  })

  it('sums over every use of an input, and over broadcasting', async () => {
    const [dx, db] = grad(
      ([x, b]) => x.add(b).mul(x).sum(),
      [
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([10, 20]),
      ],
    )
    expect(await dx.data()).toEqual(Float32Array.of(12, 24, 16, 28))
    expect(await db.data()).toEqual(Float32Array.of(4, 6))
  })

  it('is its own derivative: d²/dx² x³ = 6x', async () => {
    const second = grad(([x]) => grad(([y]) => y.mul(y).mul(y).sum(), [x])[0].sum(), [tensor([1, 2, 3])])
    expect(await second[0].data()).toEqual(Float32Array.of(6, 12, 18))
  })

  it('stops at stopGradient', async () => {
    const [dx] = grad(([x]) => stopGradient(x.mul(x)).mul(x).sum(), [tensor([1, 2, 3])])
    expect(await dx.data()).toEqual(Float32Array.of(1, 4, 9))
  })

  it('shares the gradient of equal maxima', async () => {
    const [dx] = grad(([x]) => x.maxOver(), [tensor([1, 3, 3, 2])])
    expect(await dx.data()).toEqual(Float32Array.of(0, 0.5, 0.5, 0))
  })

  it('refuses a value that is no scalar, a promise, and integer inputs', () => {
    const x = tensor([1, 2])
    expect(() => valueAndGrad(([y]) => y.mul(2), [x])).toThrow(/returned Tensor f32\[2\].*expected a scalar.*sum\(\)/)
    expect(() => valueAndGrad((async () => x) as never, [x])).toThrow(/returned Promise, expected a tensor/)
    expect(() => grad(([y]) => y.sum(), [x.cast('i32')])).toThrow(/input 0 is Tensor i32\[2\].*integers/)
  })

  it('leaves the memory as it was but for its results, also when the function throws', () => {
    const x = normal(key(1), [8, 8])
    const before = x.backend.memory()
    const result = valueAndGrad(() => x.matmul(x).tanh().softmax().mul(x).sum(), [x])
    expect(x.backend.memory().tensors).toBe(before.tensors + 2)
    result.value.dispose()
    result.gradients[0].dispose()
    expect(() =>
      valueAndGrad(() => {
        x.exp().mul(x)
        throw new Error('stop')
      }, [x]),
    ).toThrow('stop')
    expect(() => valueAndGrad(() => x.exp(), [x])).toThrow('scalar')
    const after = x.backend.memory()
    expect([after.tensors, after.bytes]).toEqual([before.tensors, before.bytes])
  })

  it('refuses to overwrite a tracked tensor', async () => {
    const x = tensor([1, 2])
    const state = [tensor(1), x, tensor([0, 0]), tensor([0, 0]), tensor([0, 0])]
    const { apply } = await import('@tlc/tensor')
    const options = { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: [0], step: 1 }
    expect(() =>
      grad(
        ([y]) => {
          apply(composites.adamwStep, state, options, [x, state[3]!, state[4]!])
          return y.sum()
        },
        [x],
      ),
    ).toThrow(/adamwStep: output 0 would overwrite Tensor f32\[2\].*outside of the function/)
    expect(await x.data()).toEqual(Float32Array.of(1, 2))
  })
})

describe('vjp', () => {
  it('pulls cotangents of several outputs back', async () => {
    using _all = scope()
    const x = tensor([1, 2, 3])
    const { outputs, pull } = vjp(([y]) => [y.mul(2), y.mul(y)], [x])
    expect(await outputs[1]!.data()).toEqual(Float32Array.of(1, 4, 9))
    const [dx] = pull([tensor([1, 1, 1]), tensor([1, 0, 1])])
    expect(await dx.data()).toEqual(Float32Array.of(4, 2, 8))
  })
})
