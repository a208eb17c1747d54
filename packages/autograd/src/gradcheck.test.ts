import { type Backend, key, normal, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, it } from 'vitest'
import { defineOp, GradcheckError, gradcheck } from './index.ts'

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

describe('gradcheck', () => {
  it('returns both numbers for every input and direction', async () => {
    const results = await gradcheck(([a, b]) => a!.mul(b!).tanh(), [normal(key(1), [5]), normal(key(2), [3, 5])])
    expect(results.map(({ input, direction }) => [input, direction])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    for (const { analytic, numeric, allowed } of results) expect(Math.abs(analytic - numeric)).toBeLessThan(allowed)
  })

  it('finds a derivative that is off by a hundredth, and names operation, input and direction', async () => {
    const wrong = defineOp({
      name: 'wrong',
      forward: ([x, y]: readonly [Tensor, Tensor]) => x.mul(y),
      vjp: ({ inputs: [x, y], cotangents: [g] }) => [g.mul(y), g.mul(x).mul(1.01)],
    })
    const check = gradcheck(([x, y]) => wrong([x!, y!], {}), [normal(key(1), [9]), normal(key(2), [9])], {
      name: 'wrong',
    })
    await expect(check).rejects.toThrow(GradcheckError)
    await expect(check).rejects.toThrow(/gradcheck: wrong, input 1, direction 0: the derivative gives .*, differences/)
  })

  it('finds a wrong second derivative where the first is right', async () => {
    const frozen = defineOp({
      name: 'frozen',
      forward: ([x]: readonly [Tensor]) => x.mul(x),
      // 2x, but made behind the tapes: its own derivative is taken for 0.
      vjp: ({ inputs: [x], cotangents: [g] }) => [g.mul(x.alias()).mul(2)],
    })
    const x = normal(key(1), [9])
    await gradcheck(([y]) => frozen([y!], {}), [x])
    await expect(gradcheck(([y]) => frozen([y!], {}), [x], { order: 2, name: 'frozen' })).rejects.toThrow(
      /the derivative of frozen, input 0/,
    )
  })

  it('takes NaN for an error', async () => {
    await expect(gradcheck(([x]) => x!.log(), [tensor([-1, -2])])).rejects.toThrow(GradcheckError)
  })

  it('frees all it makes', async () => {
    const x = normal(key(1), [9])
    const before = backend.memory().tensors
    await gradcheck(([y]) => y!.exp().sum(), [x], { order: 2 })
    expect(backend.memory().tensors).toBe(before)
  })
})
