import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  abs,
  clamp,
  cos,
  max,
  min,
  openBackend,
  relu,
  sigmoid,
  sign,
  type Tensor,
  tensor,
  useBackend,
} from '../index.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const floats = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 })
const words = fc.array(fc.integer(), { minLength: 1, maxLength: 20 })

describe('compositions of primitives', () => {
  const values = [-2.5, -1, -0.5, 0, 0.25, 1, 3]
  const each = async (fn: (x: Tensor) => Tensor): Promise<number[]> => [...(await fn(tensor(values)).data())]

  it('mean what their names say', async () => {
    expect(await each(abs)).toEqual(values.map(Math.abs))
    expect(await each(relu)).toEqual(values.map((x) => Math.max(x, 0)))
    expect(await each(sign)).toEqual(values.map(Math.sign))
    expect(await each((x) => clamp(x, -1, 1))).toEqual(values.map((x) => Math.min(Math.max(x, -1), 1)))
    for (const [i, y] of (await each(sigmoid)).entries()) expect(y).toBeCloseTo(1 / (1 + Math.exp(-values[i]!)), 6)
    for (const [i, y] of (await each(cos)).entries()) expect(y).toBeCloseTo(Math.cos(values[i]!), 6)
  })

  it('do not overflow in between', async () => {
    expect([...(await sigmoid(tensor([-1000, 1000])).data())]).toEqual([0, 1])
  })
})

describe('min', () => {
  it('is the smaller of floats; NaN wins', async () => {
    await fc.assert(
      fc.asyncProperty(floats, floats, async (a, b) => {
        const length = Math.min(a.length, b.length)
        const y = await min(tensor(a.slice(0, length)), tensor(b.slice(0, length))).data()
        for (let i = 0; i < length; i++) expect(y[i]! === Math.min(a[i]!, b[i]!)).toBe(true)
      }),
    )
    expect([...(await min(tensor([Number.NaN, 1]), tensor([0, Number.NaN])).data())]).toEqual([Number.NaN, Number.NaN])
  })

  it('is the smaller of integers, to the ends of their range', async () => {
    await fc.assert(
      fc.asyncProperty(words, words, async (a, b) => {
        const length = Math.min(a.length, b.length)
        for (const [dtype, array] of [
          ['i32', Int32Array],
          ['u32', Uint32Array],
        ] as const) {
          const [left, right] = [array.from(a.slice(0, length)), array.from(b.slice(0, length))]
          const [x, y] = [tensor(left, { dtype }), tensor(right, { dtype })]
          expect(await min(x, y).data()).toEqual(left.map((value, i) => Math.min(value, right[i]!)))
          expect(await max(x, y).data()).toEqual(left.map((value, i) => Math.max(value, right[i]!)))
        }
      }),
    )
    expect(await min(tensor(Int32Array.of(-(2 ** 31))), 5).data()).toEqual(Int32Array.of(-(2 ** 31)))
  })
})
