import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../test/fixture.ts'
import { packCodes, packedBytes, unpackCodes } from './pack.ts'

interface PackCase {
  readonly name: string
  readonly file: string
  readonly bits: number
  /** the axis along which codes share a word */
  readonly packed_dim: number
}

describe('packed codes', () => {
  it('come out as they went in, in ⌈n k / 8⌉ bytes, for every k and length', () => {
    const codes = fc
      .integer({ min: 1, max: 8 })
      .chain((bits) => fc.tuple(fc.constant(bits), fc.uint8Array({ max: 2 ** bits - 1, maxLength: 100 })))
    fc.assert(
      fc.property(codes, ([bits, given]) => {
        const packed = packCodes(given, bits)
        expect(packed.length).toBe(Math.ceil((given.length * bits) / 8))
        expect(unpackCodes(packed, bits, given.length)).toEqual(given)
      }),
    )
  })

  it('begin with the lowest bit of the first byte, and run on across bytes', () => {
    // 5, 2, 7 in 3 bits: 101 | 010 | 111 from the right, 111'010'101.
    expect([...packCodes(Uint8Array.of(5, 2, 7), 3)]).toEqual([0b11010101, 0b1])
    expect([...packCodes(Uint8Array.of(1, 2, 3), 4)]).toEqual([0x21, 0x03])
  })

  // There a code does not run on into the next 32-bit word, so a word is compared at a time.
  it.each(fixtureCases<PackCase>('pack_int32'))(
    '$name: the words of compressed-tensors',
    ({ file, bits, packed_dim }) => {
      const { values, shape } = fixtureTensor(file, 'in.value')
      const [rows, columns] = shape as [number, number]
      const lines =
        packed_dim === 1
          ? Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns))
          : Array.from({ length: columns }, (_, column) => values.filter((_, index) => index % columns === column))
      const perWord = Math.floor(32 / bits)
      const words = lines.flatMap((line) =>
        Array.from({ length: Math.ceil(line.length / perWord) }, (_, word) => {
          const codes = Uint8Array.from(
            line.slice(word * perWord, (word + 1) * perWord),
            (value) => value + 2 ** (bits - 1),
          )
          const bytes = new Uint8Array(4)
          bytes.set(packCodes(codes, bits))
          return new Int32Array(bytes.buffer)[0]
        }),
      )
      // Along the first axis a line is one word, so that words come in the order of lines either way.
      expect(words).toEqual(fixtureTensor(file, 'out.packed').values)
    },
  )

  it('are refused where they do not fit', () => {
    expect(() => packCodes(Uint8Array.of(3, 16), 4)).toThrow('code 1 is 16, which needs more than 4 bits')
    expect(() => unpackCodes(new Uint8Array(3), 4, 5 + 2)).toThrow('7 codes of 4 bits take 4 bytes, got 3')
    expect(() => packCodes(new Uint8Array(1), 0)).toThrow('from 1 to 8, got 0')
    expect(packedBytes(0, 3)).toBe(0)
  })
})
