import { describe, expect, it } from 'vitest'
import { scoredOf } from '../../test/scored.ts'
import { groups, type UnitFamily } from './groups.ts'

const heads: UnitFamily = {
  count: 2,
  slices: [
    { name: 'query', axis: 0 },
    { name: 'bias', axis: 0 },
    { name: 'output', axis: 1 },
  ],
}
const weights = [
  scoredOf([4, 2], [9, 9, 9, 9, 1, 1, 1, 1], 'query'),
  scoredOf([4], [9, 9, 1, 1], 'bias'),
  // The second head has the larger share of the output, but less in all.
  scoredOf([2, 4], [1, 1, 4, 4, 1, 1, 4, 4], 'output'),
]

describe('units over several weights', () => {
  it('are scored together, and pruned from all of them', () => {
    expect(groups([heads])(weights, 0.5).map((mask) => [...mask])).toEqual([
      [1, 1, 1, 1, 0, 0, 0, 0],
      [1, 1, 0, 0],
      [1, 1, 0, 0, 1, 1, 0, 0],
    ])
  })

  it('of several families are ranked together, by their means', () => {
    const neurons: UnitFamily = {
      count: 2,
      slices: [
        { name: 'up', axis: 0 },
        { name: 'down', axis: -1 },
      ],
    }
    const others = [scoredOf([2, 2], [0, 0, 2, 2], 'up'), scoredOf([2, 2], [0, 2, 0, 2], 'down')]
    // 28 entries; of the units of 4 and 10 those with means 0 and 2 go for 8 zeros.
    const masks = groups([heads, neurons])([...weights, ...others], 8 / 28).map((mask) => [...mask])
    expect(masks.slice(0, 3).flat().every(Boolean)).toBe(true)
    expect(masks.slice(3)).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ])
  })

  it('refuse weights that are missing, named twice, or do not divide', () => {
    expect(() => groups([heads])([weights[0]!], 0.5)).toThrow(
      "there is no 'bias' among the weights pruned together, query",
    )
    expect(() => groups([heads, heads])(weights, 0.5)).toThrow("'query' is named twice")
    expect(() => groups([{ ...heads, count: 3 }])(weights, 0.5)).toThrow(
      "axis 0 of 'query' [4,2] does not divide into 3 units",
    )
  })
})
