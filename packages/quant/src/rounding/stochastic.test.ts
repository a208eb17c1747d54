import { foldIn, key } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affine } from '../schemes/affine/affine.ts'
import { stochastic } from './stochastic.ts'

describe('stochastic rounding', () => {
  it('takes one of the two whole numbers around, and a whole number itself', () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.nat(), fc.nat(), (x, index, seed) => {
        const round = stochastic(key(seed))
        // Adding 0 makes -0 a 0.
        const below = Math.floor(x) + 0
        expect([below, below + 1]).toContain(round(x, index))
        expect(round(below, index)).toBe(below)
      }),
    )
  })

  it('is x on average', () => {
    const draws = 40_000
    for (const x of [0.1, -0.25, 3.5, -7.9]) {
      const round = stochastic(foldIn(key(7), Math.round(x * 100 + 1000)))
      let sum = 0
      for (let index = 0; index < draws; index++) sum += round(x, index)
      // Five standard deviations of the mean: √(p (1 - p) / n).
      const fraction = x - Math.floor(x)
      expect(Math.abs(sum / draws - x)).toBeLessThan(5 * Math.sqrt((fraction * (1 - fraction)) / draws))
    }
  })

  it('depends on the key and the place alone, not on the order', () => {
    const places = [0, 1, 2, 3, 4, 9, 2 ** 34 + 1]
    const [forward, backward] = [stochastic(key(3)), stochastic(key(3))]
    const drawn = places.map((place) => forward(0.5, place))
    expect(
      [...places]
        .reverse()
        .map((place) => backward(0.5, place))
        .reverse(),
    ).toEqual(drawn)
    const many = Array.from({ length: 64 }, (_, place) => stochastic(key(3))(0.5, place))
    expect(many).not.toEqual(Array.from({ length: 64 }, (_, place) => stochastic(key(4))(0.5, place)))
  })

  it('gives ranges of a tensor draws of their own, and the same codes again for the same key', () => {
    const weight = Float32Array.from({ length: 64 }, (_, index) => (index % 16) * 0.37)
    const scheme = affine({ bits: 3, granularity: 'row', rounding: stochastic(key(1)) })
    const { codes } = scheme.encode(weight, [4, 16])
    expect(scheme.encode(weight, [4, 16]).codes).toEqual(codes)
    // The four rows are equal, their draws are not.
    expect(codes.subarray(0, 16)).not.toEqual(codes.subarray(16, 32))
  })
})
