import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  countTrue,
  maxOver,
  mean,
  minOver,
  norm,
  openBackend,
  range,
  sum,
  tensor,
  useBackend,
  variance,
} from '../index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

describe('reductions', () => {
  it('over all axes at once equal those over one after the other', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), async (shape) => {
        const size = shape.reduce((count, length) => count * length, 1)
        const x = range(size).mul(-3).add(size).reshape(shape)
        for (const reduce of [sum, maxOver, minOver]) {
          let y = x
          for (const _ of shape) y = reduce(y, { axis: -1 })
          expect(await y.item()).toBe(await reduce(x).item())
          expect(reduce(x, { keepDims: true }).shape).toEqual(shape.map(() => 1))
        }
      }),
    ))

  it('know means, variances and norms', async () => {
    const x = tensor([
      [1, 2, 3, 4],
      [2, 2, 2, 2],
    ])
    expect([...(await mean(x, { axis: 1 }).data())]).toEqual([2.5, 2])
    expect([...(await variance(x, { axis: 1 }).data())]).toEqual([1.25, 0])
    expect((await variance(x, { axis: 1, correction: 1 }).data())[0]).toBeCloseTo(5 / 3, 6)
    expect([...(await norm(x, { axis: 1 }).data())]).toEqual([Math.fround(Math.sqrt(30)), 4])
    expect(await countTrue(x.equal(2)).item()).toBe(5)
  })

  it('of nothing are 0 where a sum, an error where the largest is asked for', async () => {
    expect(await range(0).sum().item()).toBe(0)
    expect(await range(0).mean().item()).toBeNaN()
    expect(() => range(0).maxOver()).toThrow(/maxOver: axis 0 of \[0\] is empty, so it has no largest element/)
  })
})

describe('argMax', () => {
  it('is the first of equal maxima', async () => {
    const x = tensor([
      [1, 3, 3],
      [0, 0, 0],
    ])
    expect(await x.argMax().data()).toEqual(Int32Array.of(1, 0))
    expect(await x.argMax({ axis: 0 }).data()).toEqual(Int32Array.of(0, 0, 0))
  })

  it('is the place of NaN where there is one, as NaN wins', async () => {
    expect(
      await tensor([
        [1, Number.NaN, 3],
        [1, 2, 3],
      ])
        .argMax()
        .data(),
    ).toEqual(Int32Array.of(1, 2))
  })
})
