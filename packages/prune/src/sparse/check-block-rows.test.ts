import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockRows, encodeBlockRows } from './block-rows.ts'
import { checkBlockRows } from './check-block-rows.ts'

/** [0, 5 | 0, 0], [0, 0 | 0, 0], [1, 0 | 0, 2] in blocks of 1 x 2 */
const good = encodeBlockRows(Float32Array.of(0, 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2), [3, 4], [1, 2])

const errorOf = (wrong: Partial<BlockRows>): string => {
  try {
    checkBlockRows('SparseLinear', { ...good, ...wrong })
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return (error as RangeError).message
  }
  return 'none'
}

describe('the parts of a matrix by its blocks', () => {
  it('fit as encoded, whatever the matrix', () => {
    const matrix = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([down, across]) =>
      fc
        .array(fc.constantFrom(0, 0, 3), { minLength: 8 * down * across, maxLength: 8 * down * across })
        .map((dense) => ({
          shape: [2 * down, 4 * across],
          dense: Float32Array.from(dense),
        })),
    )
    fc.assert(
      fc.property(matrix, fc.constantFrom([1, 1] as const, [2, 4] as const), ({ shape, dense }, block) => {
        checkBlockRows('test', encodeBlockRows(dense, shape, block))
      }),
    )
    checkBlockRows('test', encodeBlockRows(new Float32Array(0), [0, 4], [1, 2]))
  })

  it.each([
    [{ shape: [3, 5] }, 'blocks of 1 x 2 do not divide 3 x 5'],
    [{ values: new Float32Array(5) }, '3 blocks of 1 x 2 in [3,4] have 6 values, got 5'],
    [{ offsets: Uint32Array.of(0, 3) }, '3 blocks of 1 x 2 in [3,4] have 4 offsets, got 2'],
    [{ offsets: Uint32Array.of(1, 1, 1, 3) }, 'offsets[0] is 1, expected 0'],
    [{ offsets: Uint32Array.of(0, 2, 1, 3) }, 'offsets[2] is 1, expected 2 to 3'],
    [{ offsets: Uint32Array.of(0, 1, 9, 3) }, 'offsets[2] is 9, expected 1 to 3'],
    [{ offsets: Uint32Array.of(0, 1, 1, 2) }, 'offsets[3] is 2, expected the number of blocks, 3'],
    [{ columns: Uint16Array.of(0, 0, 2) }, 'columns[2], in row 2 of blocks, is 2, expected 1 to 1'],
    [{ columns: Uint16Array.of(65535, 0, 1) }, 'columns[0], in row 0 of blocks, is 65535, expected 0 to 1'],
    [{ columns: Uint16Array.of(0, 0, 0) }, 'columns[2], in row 2 of blocks, is 0, expected 1 to 1'],
  ] as const)('do not fit as %j', (wrong, message) => {
    expect(errorOf(wrong)).toBe(`SparseLinear: ${message}; make the blocks by encodeBlockRows`)
  })
})
