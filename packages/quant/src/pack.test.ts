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

  // With 1, 2, 4 bits a 32-bit word is filled without rest, so the two layouts agree (3 or 5 bits leave 2 unused there).
  it.each(fixtureCases<PackCase>('pack_int32'))(
    '$name: the bytes of compressed-tensors',
    ({ file, bits, packed_dim }) => {
      const { values, shape } = fixtureTensor(file, 'in.value')
      const [rows, columns] = shape as [number, number]
      const packed = fixtureTensor(file, 'out.packed')
      const words = Int32Array.from(packed.values)
      const lines =
        packed_dim === 1
          ? Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns))
          : Array.from({ length: columns }, (_, column) => values.filter((_, index) => index % columns === column))
      const wordsPerLine = words.length / lines.length
      lines.forEach((line, index) => {
        const ours = new Uint8Array(4 * wordsPerLine)
        ours.set(
          packCodes(
            Uint8Array.from(line, (value) => value + 2 ** (bits - 1)),
            bits,
          ),
        )
        expect([...new Int32Array(ours.buffer)]).toEqual([
          ...words.slice(index * wordsPerLine, (index + 1) * wordsPerLine),
        ])
      })
    },
  )

  it('are refused where they do not fit', () => {
    expect(() => packCodes(Uint8Array.of(3, 16), 4)).toThrow('code 1 is 16, which needs more than 4 bits')
    expect(() => unpackCodes(new Uint8Array(3), 4, 5 + 2)).toThrow('7 codes of 4 bits take 4 bytes, got 3')
    expect(() => packCodes(new Uint8Array(1), 0)).toThrow('from 1 to 8, got 0')
    expect(packedBytes(0, 3)).toBe(0)
  })
})
