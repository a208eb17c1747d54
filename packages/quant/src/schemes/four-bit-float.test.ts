import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { payloadBytes } from '../decode.ts'
import { weightError } from '../weight-error.ts'
import { dynamicCode } from './double-quantization.ts'
import { fourBitFloats, fp4, nf4 } from './four-bit-float.ts'

const weights = fc
  .array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 1, maxLength: 150 })
  .map((values) => Float32Array.from(values))
const schemes = [
  ['nf4', nf4],
  ['fp4', fp4],
] as const

/** Two codes a byte, the first one high. */
const packHigh = (codes: Uint8Array): number[] =>
  Array.from({ length: Math.ceil(codes.length / 2) }, (_, pair) => (codes[2 * pair]! << 4) | (codes[2 * pair + 1] ?? 0))

describe("bitsandbytes' numbers", () => {
  it('are the tables', () => {
    expect([...fourBitFloats.nf4]).toEqual(fixtureTensor('bnb_codes.safetensors', 'out.nf4').values)
    // Its fractions were divided in f32 twice: one unit in the last place.
    fixtureTensor('bnb_codes.safetensors', 'out.fp4').values.forEach((expected, code) =>
      expect(Math.abs(fourBitFloats.fp4[code]! - expected)).toBeLessThanOrEqual(2 ** -24 * Math.abs(expected)),
    )
    const dynamic = fixtureTensor('bnb_codes.safetensors', 'out.dynamic_signed').values
    // Its boundaries are divided, averaged and scaled in f32: some units in the last place, of the largest in a division.
    dynamic.forEach((expected, index) =>
      expect(Math.abs(dynamicCode[index]! - expected)).toBeLessThanOrEqual(4e-7 * Math.max(Math.abs(expected), 1e-6)),
    )
  })

  interface BlockwiseCase {
    readonly name: string
    readonly file: string
    readonly blocksize: number
  }

  it.each(fixtureCases<BlockwiseCase>('bnb_fp4'))('$name: equal bytes and values', ({ file, blocksize }) => {
    const { values, shape } = fixtureTensor(file, 'in.x')
    const scheme = fp4({ block: blocksize })
    const encoded = scheme.encode(Float32Array.from(values), shape)
    expect([...encoded.scales]).toEqual(fixtureTensor(file, 'out.absmax').values)
    expect(packHigh(encoded.codes)).toEqual(fixtureTensor(file, 'out.packed').values)
    const decoded = scheme.decode(encoded)
    fixtureTensor(file, 'out.dequant').values.forEach((expected, index) =>
      expect(Math.abs(decoded[index]! - expected)).toBeLessThanOrEqual(2 ** -23 * Math.abs(expected)),
    )
  })
})

describe.each(schemes)('%s', (name, make) => {
  it('takes the nearest value of its table, zeros and the largest of a block exactly', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 70 }), (weight, block) => {
        const scheme = make({ block })
        const encoded = scheme.encode(weight, [weight.length])
        const decoded = scheme.decode(encoded)
        weight.forEach((each, index) => {
          const scale = encoded.scales[Math.floor(index / block)]!
          const nearest = Math.min(...fourBitFloats[name].map((value) => Math.abs(each - value * scale)))
          // The quotient and the product are rounded to f32, in which nothing is finer than 2^-149.
          expect(Math.abs(each - decoded[index]!)).toBeLessThanOrEqual(nearest + 2 ** -22 * scale + 2 ** -149)
          if (each === 0) expect(Object.is(decoded[index], 0)).toBe(true)
          if (Math.abs(each) === scale) expect(decoded[index]).toBe(each + 0)
        })
      }),
    )
  })

  it('encodes what it decoded as itself', () => {
    fc.assert(
      fc.property(weights, (weight) => {
        // Subnormal numbers have too few digits to tell a table's values apart.
        fc.pre(weight.every((each) => each === 0 || Math.abs(each) > 2 ** -100))
        const scheme = make()
        const once = scheme.encode(weight, [weight.length])
        expect(scheme.encode(scheme.decode(once), [weight.length]).codes).toEqual(once.codes)
      }),
    )
  })

  it('says what it cannot take', () => {
    expect(() => make({ block: 0 })).toThrow('block must be a whole number >= 1, got 0')
    expect(() => make().encode(Float32Array.of(Number.NaN), [1])).toThrow('weight 0 is NaN')
  })
})

describe('double quantization', () => {
  const size = 64 * 512
  const weight = Float32Array.from({ length: size }, (_, index) => Math.sin(index) * (1 + 0.5 * Math.cos(index / 999)))

  it('takes 4.127 bits a weight, and costs little', () => {
    const plain = nf4()
    const doubled = nf4({ doubleQuantization: true })
    const encoded = doubled.encode(weight, [size])
    // 4 bits, 8 for each 64, and 32 for each 64 · 256 and once for the mean.
    expect(payloadBytes(encoded)).toBe(size / 2 + 512 + 4 * 2 + 4)
    expect(payloadBytes(plain.encode(weight, [size]))).toBe(size / 2 + 4 * 512)
    const before = weightError(weight, plain.decode(plain.encode(weight, [size]))).rootMeanSquare
    const after = weightError(weight, doubled.decode(encoded)).rootMeanSquare
    expect(after / before).toBeLessThan(1.02)
  })

  it('keeps equal scales, and zeros', () => {
    const scheme = nf4({ doubleQuantization: true, block: 4 })
    expect([...scheme.decode(scheme.encode(Float32Array.of(1, 0, -1, 0, 0, 1, 0, 1), [8]))]).toEqual([
      ...[1, 0, -1, 0, 0, 1, 0, 1],
    ])
    expect([...scheme.decode(scheme.encode(new Float32Array(5), [5]))]).toEqual([0, 0, 0, 0, 0])
  })
})
