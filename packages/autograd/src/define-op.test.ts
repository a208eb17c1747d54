import { type Backend, mul, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { defineOp, grad, valueAndGrad } from './index.ts'

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

const roundThrough = defineOp({
  name: 'roundThrough',
  forward: ([x]: readonly [Tensor]) => x.round(),
  vjp: ({ cotangents: [g] }) => [g],
  reads: { inputs: [], outputs: [] },
})

const reverse = defineOp({
  name: 'reverse',
  forward: ([x]: readonly [Tensor]) => x,
  vjp: ({ cotangents: [g] }) => [g.neg()],
})

describe('defineOp', () => {
  it('takes its own derivative in place of that of its forward part', async () => {
    const { value, gradients } = valueAndGrad(([x]) => roundThrough([x], {}).mul(x).sum(), [tensor([0.6, 1.4, -2.5])])
    expect(await value.item()).toBeCloseTo(0.6 + 1.4 + 5, 5)
    // round(x) + x · 1
    expect(await gradients[0].data()).toEqual(Float32Array.from([1 + 0.6, 1 + 1.4, -2 - 2.5]))
  })

  it('runs as its forward part where nothing is differentiated', async () => {
    expect(await roundThrough([tensor([0.6])], {}).data()).toEqual(Float32Array.of(1))
  })

  it('keeps its derivative within derivatives of derivatives', async () => {
    // d/dx of 2 round(x) is 2, by the straight-through rule.
    const second = grad(
      ([x]) => grad(([y]) => mul(roundThrough([y], {}), roundThrough([y], {})).sum(), [x])[0].sum(),
      [tensor([1.2, 2.7])],
    )
    expect(await second[0].data()).toEqual(Float32Array.of(2, 2))
  })

  it('gives a tensor that is handed through a cotangent of its own', async () => {
    const [dx] = grad(([x]) => reverse([x], {}).mul(3).add(x.mul(5)).sum(), [tensor([1, 2])])
    expect(await dx.data()).toEqual(Float32Array.of(2, 2))
  })

  it('has several outputs, zeros for the cotangents that do not arrive, and parameters', async () => {
    const polar = defineOp({
      name: 'polar',
      forward: (
        [r, angle]: readonly [Tensor, Tensor],
        { turns }: { readonly turns: number },
      ): readonly [Tensor, Tensor] => [r.mul(angle.mul(turns).cos()), r.mul(angle.mul(turns).sin())],
      vjp: ({ inputs: [, angle], outputs: [x, y], cotangents: [dx, dy], parameters: { turns } }) => [
        dx.mul(angle.mul(turns).cos()).add(dy.mul(angle.mul(turns).sin())),
        dy.mul(x).sub(dx.mul(y)).mul(turns),
      ],
    })
    const inputs = [tensor([2]), tensor([0.5])] as const
    const [dr, dAngle] = grad(([r, angle]) => polar([r, angle], { turns: 3 })[1].sum(), inputs)
    expect((await dr.data())[0]).toBeCloseTo(Math.sin(1.5), 5)
    expect((await dAngle.data())[0]).toBeCloseTo(2 * 3 * Math.cos(1.5), 5)
  })

  it('names itself and the input for which no derivative was returned', () => {
    const half = defineOp({
      name: 'half',
      forward: ([x, y]: readonly [Tensor, Tensor]) => x.mul(y),
      vjp: ({ inputs: [, y], cotangents: [g] }) => [g.mul(y)],
    })
    const inputs = [tensor([1]), tensor([2])] as const
    const before = backend.memory().tensors
    expect(() => grad(([x, y]) => half([x, y], {}).sum(), inputs)).toThrow(
      /half: .* 1 cotangents for 2 inputs; .* input 1/,
    )
    expect(backend.memory().tensors).toBe(before)
  })

  it('refuses a cotangent of a shape that is not the input, naming both', () => {
    const wrong = defineOp({
      name: 'wrong',
      forward: ([x]: readonly [Tensor]) => x.sum({ axis: 0 }),
      vjp: ({ cotangents: [g] }) => [g],
    })
    expect(() => grad(([x]) => wrong([x], {}).sum(), [tensor([[1, 2, 3]])])).not.toThrow()
    expect(() => grad(([x]) => wrong([x], {}).sum(), [tensor([[1], [2]])])).toThrow(
      /wrong: .* shape \[1\] for an input of shape \[2, 1\]/,
    )
  })

  it('does not take the name of a built-in composite without its outputs', () => {
    expect(() => defineOp({ name: 'gelu', forward: ([x]: readonly [Tensor]) => x, vjp: () => [] })).toThrow(
      /'gelu' is the name/,
    )
  })
})
