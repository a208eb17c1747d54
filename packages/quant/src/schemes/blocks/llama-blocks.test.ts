import { key, normal, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../../test/fixture.ts'
import { payloadBytes } from '../../decode.ts'
import { weightError } from '../../weight-error.ts'
import { blockFormats, type LlamaBlock, llamaBlocks } from './llama-blocks.ts'

useBackend(await openBackend('reference'))

interface BlockCase {
  readonly name: string
  readonly file: string
  readonly block: LlamaBlock
}

/** Bits a weight, and the root mean square error on normal weights that the reference has. */
const expected = { q8_0: [8.5, 0.0053], q4_0: [4.5, 0.0864], q4_k: [4.5, 0.071], q6_k: [6.5625, 0.018] } as const
const names = Object.keys(expected) as LlamaBlock[]

describe("llama.cpp's blocks", () => {
  it.each(fixtureCases<BlockCase>('ggml'))('$name: equal bytes, and equal values', ({ file, block }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const scheme = llamaBlocks(block)
    const encoded = scheme.encode(Float32Array.from(values), shape)
    expect([...encoded.blocks]).toEqual(fixtureTensor(file, 'out.blocks').values)
    // Adding 0 makes -0 a 0, which toEqual tells apart.
    expect([...scheme.decode(encoded)].map((each) => each + 0)).toEqual(
      fixtureTensor(file, 'out.dequant').values.map((each) => each + 0),
    )
  })

  it.each(names)('%s has the bits and the error that are known of it', async (name) => {
    const [bits, error] = expected[name]
    const size = 1 << 15
    const weight = (await normal(key(4), [size]).data()) as Float32Array
    const scheme = llamaBlocks(name)
    const encoded = scheme.encode(weight, [size])
    expect((payloadBytes(encoded) * 8) / size).toBe(bits)
    // The figures have two digits at least (0.018 may be 0.0175), and are of another sample of the same distribution.
    expect(Math.abs(weightError(weight, scheme.decode(encoded)).rootMeanSquare / error - 1)).toBeLessThan(0.04)
  })

  it.each(names)('%s takes any weights, and zeros stay zeros where they should', (name) => {
    const { weights: length, keepsZeros } = blockFormats[name]
    const value = fc.oneof(
      fc.constant(0),
      fc.float({ noNaN: true, min: -4, max: 4 }),
      fc.constantFrom(1e-7, -1e-7, 2 ** -149),
    )
    fc.assert(
      fc.property(fc.array(value, { minLength: length, maxLength: length }), (values) => {
        const scheme = llamaBlocks(name)
        const weight = Float32Array.from(values)
        const decoded = scheme.decode(scheme.encode(weight, [length]))
        expect(decoded.every(Number.isFinite)).toBe(true)
        const greatest = Math.max(...weight.map(Math.abs))
        // 4 bits with a sign leave an eighth of the range to one side, and scales of 6 bits a little more. Below that, scales
        // in f16 are multiples of 2^-24, and count up to 128 · 32 times.
        decoded.forEach((each, index) => {
          expect(Math.abs(each - weight[index]!)).toBeLessThanOrEqual(0.2 * greatest + 2 ** -13)
          if (keepsZeros && weight[index] === 0) expect(Math.abs(each)).toBe(0)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('say which rows they cannot cut', () => {
    expect(() => llamaBlocks('q4_k').encode(new Float32Array(512), [4, 128])).toThrow('blocks of 256 weights; use q8_0')
    expect(() => llamaBlocks('q8_0').encode(new Float32Array(32).fill(Number.NaN), [32])).toThrow(
      'q8_0: weight 0 is NaN',
    )
  })
})
