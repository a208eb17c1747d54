import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureTensor } from '../../test/fixture.ts'
import { storageCost } from '../storage.ts'
import { encodeBitmask, rowOffsets } from './bitmask.ts'
import { type Block, encodeBlockRows } from './block-rows.ts'
import { decodeSparse, sparseBytes } from './sparse-tensor.ts'
import { encodeTwoOfFour } from './two-of-four.ts'

/** Numbers of every kind, most of them 0. */
const sparseNumber = fc.oneof(
  { arbitrary: fc.constant(0), weight: 3 },
  fc.float({ noNaN: false }).map((x) => x + 0),
)

interface Given {
  readonly shape: readonly [number, number]
  readonly dense: Float32Array
}

const denseOf = (rows: number, columns: number): fc.Arbitrary<Given> =>
  fc
    .array(sparseNumber, { minLength: rows * columns, maxLength: rows * columns })
    .map((values) => ({ shape: [rows, columns], dense: Float32Array.from(values) }))

const matrix = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 19 }))
  .chain(([rows, columns]) => denseOf(rows, columns))

const size = fc.integer({ min: 1, max: 4 })
const blocked = fc
  .tuple(size, size, size, size)
  .chain(([height, width, down, across]) =>
    fc.record({ block: fc.constant([height, width] as const), given: denseOf(height * down, width * across) }),
  )

describe('sparse formats', () => {
  it('lose nothing: single numbers, and a bit for each entry', () => {
    fc.assert(
      fc.property(matrix, ({ shape, dense }) => {
        expect(decodeSparse(encodeBlockRows(dense, shape))).toEqual(dense)
        expect(decodeSparse(encodeBitmask(dense, shape))).toEqual(dense)
      }),
    )
  })

  it('lose nothing: blocks of any size that divides', () => {
    fc.assert(
      fc.property(blocked, ({ block, given: { shape, dense } }) => {
        const encoded = encodeBlockRows(dense, shape, block)
        expect(decodeSparse(encoded)).toEqual(dense)
        expect(encoded.values.length).toBe(encoded.columns.length * block[0] * block[1])
      }),
    )
  })

  it('lose nothing: two of four, also where fewer are not 0', () => {
    const group = fc
      .tuple(
        fc.array(
          fc.float().map((x) => x + 0),
          { minLength: 4, maxLength: 4 },
        ),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([four, a, b]) => four.map((value, place) => (place === a || place === b ? value : 0)))
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 9 }), (groups) => {
        const dense = Float32Array.from(groups.flat())
        const encoded = encodeTwoOfFour(dense, [dense.length])
        expect(decodeSparse(encoded)).toEqual(dense)
        expect(sparseBytes(encoded)).toBe(2 * dense.length + Math.ceil(dense.length / 8))
      }),
    )
  })

  it('take the bytes that the tables of storage say', () => {
    fc.assert(
      fc.property(matrix, ({ shape, dense }) => {
        const cost = storageCost(dense.filter((value) => value !== 0).length, shape)
        expect(sparseBytes(encodeBlockRows(dense, shape))).toBe(cost.csrBytes)
        expect(sparseBytes(encodeBitmask(dense, shape))).toBe(cost.bitmaskBytes)
      }),
    )
  })

  it('have the arrays of SciPy and of compressed-tensors', () => {
    const file = 'format_c.safetensors'
    const { values, shape } = fixtureTensor(file, 'in.dense')
    const out = (name: string): readonly number[] => fixtureTensor(file, `out.${name}`).values
    const dense = Float32Array.from(values)
    const arrays = (block: Block) => {
      const { values, columns, offsets } = encodeBlockRows(dense, shape, block)
      return [[...values], [...columns], [...offsets]]
    }
    expect(arrays([1, 1])).toEqual([out('csr_data'), out('csr_indices'), out('csr_indptr')])
    expect(arrays([2, 2])).toEqual([out('bsr_data'), out('bsr_indices'), out('bsr_indptr')])
    const bitmask = encodeBitmask(dense, shape)
    expect([...bitmask.bits]).toEqual(out('bitmask'))
    expect([...bitmask.values]).toEqual(out('bitmask_values'))
    expect([...rowOffsets(bitmask)]).toEqual(out('bitmask_row_offsets'))
  })

  it('of a small matrix are as worked out by hand', () => {
    const dense = Float32Array.of(0, 5, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2)
    const csr = encodeBlockRows(dense, [2, 8])
    expect([[...csr.values], [...csr.columns], [...csr.offsets]]).toEqual([
      [5, 7, 1, 2],
      [1, 4, 4, 7],
      [0, 2, 4],
    ])
    const blocks = encodeBlockRows(dense, [2, 8], [2, 4])
    expect([...blocks.values]).toEqual([0, 5, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 2])
    expect([...encodeBitmask(dense, [2, 8]).bits]).toEqual([0b00010010, 0b10010000])
    // Places 0 and 1, 0 and 1, 0 and 1, 0 and 3, two bits each, the first lowest.
    expect([...encodeTwoOfFour(dense, [2, 8]).places]).toEqual([0b0100_0100, 0b1100_0100])
  })

  it('refuse what they cannot hold', () => {
    expect(() => encodeBlockRows(new Float32Array(6), [2, 3], [2, 2])).toThrow('blocks of 2 x 2 do not divide 2 x 3')
    expect(() => encodeBlockRows(new Float32Array(5), [2, 3])).toThrow('[2,3] has 6 entries, got 5')
    expect(() => encodeBitmask(new Float32Array(5), [2, 3])).toThrow('[2,3] has 6 entries, got 5')
    expect(() => encodeTwoOfFour(new Float32Array(6), [2, 3])).toThrow('4 divides the columns')
    expect(() => encodeTwoOfFour(Float32Array.of(1, 2, 3, 0), [4])).toThrow('group 0 is [1, 2, 3, 0]')
  })
})
