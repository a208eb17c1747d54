import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { affine } from './affine/affine.ts'
import { hqq } from './hqq.ts'

interface HqqCase {
  readonly name: string
  readonly file: string
  readonly nbits: number
  readonly group_size: number
}

describe('half-quadratic quantization', () => {
  it.each(fixtureCases<HqqCase>('hqq'))("$name: the authors' codes, scales and zero points", ({ file, ...given }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const scheme = hqq({ bits: given.nbits, granularity: { group: given.group_size } })
    const encoded = scheme.encode(Float32Array.from(values), shape)
    expect([...encoded.codes]).toEqual(fixtureTensor(file, 'out.q').values)
    const scales = fixtureTensor(file, 'out.scale').values
    const zeros = fixtureTensor(file, 'out.zero').values
    // The authors compute in f32, and sum 32 numbers up to 15 for a zero point.
    scales.forEach((scale, range) => {
      expect(Math.abs(encoded.steps[range]! / scale - 1)).toBeLessThan(1e-6)
      expect(Math.abs(-encoded.offsets[range]! / encoded.steps[range]! - zeros[range]!)).toBeLessThan(2e-5)
    })
    const decoded = scheme.decode(encoded)
    fixtureTensor(file, 'out.dequant').values.forEach((expected, index) =>
      expect(Math.abs(decoded[index]! - expected)).toBeLessThan(
        2e-5 * scales[Math.floor(index / given.group_size)]! + 1e-6,
      ),
    )
  })

  it('errs less than rounding, in the norm that it minds, where weights have outliers', () => {
    const weight = Float32Array.from(
      { length: 1024 },
      (_, index) => Math.sin(index * 7) ** 3 * (index % 97 === 0 ? 5 : 1),
    )
    const errorOf = (decoded: Float32Array): number =>
      decoded.reduce((sum, each, index) => sum + Math.abs(each - weight[index]!) ** 0.7, 0)
    const shape = [16, 64]
    const fitted = hqq({ bits: 3 })
    const rounded = affine({ bits: 3, granularity: { group: 64 } })
    const after = errorOf(fitted.decode(fitted.encode(weight, shape)))
    expect(after).toBeLessThan(0.98 * errorOf(rounded.decode(rounded.encode(weight, shape))))
  })

  it('is finite for any weights, and keeps equal ones', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 1 }), fc.nat(7), (values, less) => {
        const scheme = hqq({ bits: 8 - less, granularity: { group: 5 } })
        const decoded = scheme.decode(scheme.encode(Float32Array.from(values), [values.length]))
        expect(decoded.every(Number.isFinite)).toBe(true)
      }),
    )
    const scheme = hqq({ bits: 4 })
    expect([...scheme.decode(scheme.encode(new Float32Array(64).fill(0.375), [64]))]).toEqual(new Array(64).fill(0.375))
  })

  it('says what it cannot take', () => {
    expect(() => hqq({ bits: 4, norm: 1 })).toThrow('0 < p < 1, got 1')
    expect(() => hqq({ bits: 4, beta: 0 })).toThrow('beta must be > 0 and growth >= 1, got 0 and 1.01')
    expect(() => hqq({ bits: 4, rounds: 0.5 })).toThrow('rounds must be a whole number, got 0.5')
    expect(() => hqq({ bits: 0 })).toThrow('from 1 to 8, got 0')
  })
})
