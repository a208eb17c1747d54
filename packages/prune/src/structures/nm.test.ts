import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { maskedBy, matrices, scoredOf, zerosIn } from '../../test/scored.ts'
import { nm } from './nm.ts'

const patterns = fc.constantFrom([1, 2], [2, 4], [1, 4], [4, 8], [2, 3]).map(([n, m]) => [n!, m!] as const)

describe('N:M sparsity', () => {
  it.each([
    ...fixtureCases('nm_magnitude_4of8').map(({ file }) => ({ file, n: 4, m: 8 })),
    ...fixtureCases('ao_weightnorm_l1.0_b1x4_z2').map(({ file }) => ({ file, n: 2, m: 4 })),
  ])('$file: the same mask', ({ file, n, m }) => {
    const { values, shape } = fixtureTensor(file, 'in.weight')
    const [mask] = nm(n, m)([scoredOf(shape, values.map(Math.abs))], 1 - n / m)
    expect([...mask!]).toEqual(fixtureTensor(file, 'out.mask').values)
  })

  it('keeps the two highest of four: 1..8', () => {
    expect([...nm(2, 4)([scoredOf([1, 8], [1, 2, 3, 4, 5, 6, 7, 8])], 0.5)[0]!]).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
  })

  it('keeps exactly n of each m in a row, n at most of what is left at its end, and none that scores less', () => {
    fc.assert(
      fc.property(matrices, patterns, (weights, [n, m]) => {
        const masks = nm(n, m)(weights, 1 - n / m)
        weights.forEach(({ shape, scores }, which) => {
          const [rows, columns] = shape as [number, number]
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < columns; column += m) {
              const group = Array.from({ length: Math.min(m, columns - column) }, (_, i) => row * columns + column + i)
              const kept = group.filter((index) => masks[which]![index] === 1)
              const pruned = group.filter((index) => masks[which]![index] === 0)
              expect(kept).toHaveLength(Math.min(n, group.length))
              const least = Math.min(...kept.map((index) => scores[index]!))
              expect(pruned.every((index) => scores[index]! <= least)).toBe(true)
            }
          }
        })
      }),
    )
  })

  it('of equals keeps the last, and counts those pruned before', () => {
    expect([...nm(2, 4)([scoredOf([1, 4], [5, 5, 5, 5])], 0.5)[0]!]).toEqual([0, 0, 1, 1])
    const weight = { ...scoredOf([1, 4], [5, 5, 5, 5]), kept: Uint8Array.of(1, 1, 0, 1) }
    expect([...nm(2, 4)([weight], 0.5)[0]!]).toEqual([0, 1, 0, 1])
  })

  it('below its sparsity thins whole groups, first where least is lost', () => {
    const weight = scoredOf([1, 8], [3, 3, 9, 9, 1, 9, 2, 9])
    const half = nm(2, 4)([weight], 0.25)
    expect([...half[0]!]).toEqual([1, 1, 1, 1, 0, 1, 0, 1])
    expect(zerosIn(nm(2, 4)(maskedBy([weight], half), 0.5))).toBe(4)
  })

  it('refuses more zeros than it can make, and patterns that keep all or nothing', () => {
    expect(() => nm(2, 4)([scoredOf([1, 4], [1, 2, 3, 4])], 0.9)).toThrow(
      '2:4 prunes 0.5 of the entries, 0.9 is asked for',
    )
    expect(() => nm(4, 4)).toThrow('whole 0 < n < m, got 4 of 4')
    expect(() => nm(0, 4)).toThrow('got 0 of 4')
  })
})
