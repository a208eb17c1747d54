import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matrices, scoredOf, sparsities } from '../../test/scored.ts'
import { blocks } from './blocks.ts'

describe('pruning blocks', () => {
  it('prunes those with the least mean, whole', () => {
    const weight = scoredOf([4, 4], [9, 9, 1, 1, 9, 9, 1, 1, 5, 5, 7, 7, 5, 5, 7, 8])
    expect([...blocks(2, 2)([weight], 0.5)[0]!]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1])
    expect([...blocks(1, 4)([weight], 0.5)[0]!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('has smaller blocks at the edges, compared by their means', () => {
    // 2 x 2 blocks of 3 x 3: means 3, 1 and, below, 3 and 2
    const weight = scoredOf([3, 3], [3, 3, 1, 3, 3, 1, 3, 3, 2])
    expect([...blocks(2, 2)([weight], 3 / 9)[0]!]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0])
  })

  it('keeps or prunes each block as a whole', () => {
    const size = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(matrices, size, size, sparsities, (weights, r, c, sparsity) => {
        const masks = blocks(r, c)(weights, sparsity)
        weights.forEach(({ shape }, which) => {
          const [rows, columns] = shape as [number, number]
          const flags = new Map<string, Set<number>>()
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < columns; column++) {
              const block = `${Math.floor(row / r)} ${Math.floor(column / c)}`
              flags.set(block, (flags.get(block) ?? new Set()).add(masks[which]![row * columns + column]!))
            }
          }
          expect([...flags.values()].every(({ size: different }) => different === 1)).toBe(true)
        })
      }),
    )
  })

  it('takes a vector for one row, and of more axes the first for rows', () => {
    expect([...blocks(1, 2)([scoredOf([4], [3, 3, 1, 1])], 0.5)[0]!]).toEqual([1, 1, 0, 0])
    expect([...blocks(1, 2)([scoredOf([1, 2, 2], [3, 3, 1, 1])], 0.5)[0]!]).toEqual([1, 1, 0, 0])
  })

  it('refuses blocks without rows or columns', () => {
    expect(() => blocks(0, 4)).toThrow('whole numbers >= 1 of rows and columns, got 0 x 4')
  })
})
