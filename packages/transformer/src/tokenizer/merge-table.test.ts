import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MergeTable } from './merge-table.ts'

type Merge = readonly [left: number, right: number]
const letters = 3

/** The definition: while any merge fits, apply the earliest one everywhere, from left to right. */
function applyByDefinition(merges: readonly Merge[], word: readonly number[]): number[] {
  let ids = [...word]
  for (;;) {
    const rank = merges.findIndex(([left, right]) => ids.some((id, at) => id === left && ids[at + 1] === right))
    if (rank < 0) return ids
    const [left, right] = merges[rank] as Merge
    const merged: number[] = []
    for (let at = 0; at < ids.length; at++) {
      const fits = ids[at] === left && ids[at + 1] === right
      merged.push(fits ? letters + rank : (ids[at] as number))
      if (fits) at++
    }
    ids = merged
  }
}

test('merging with a heap equals merging by definition', () => {
  // merge k may use the letters and the results of merges before it
  const merges = fc
    .array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 })
    .map((pairs) => pairs.map(([a, b], rank): Merge => [a % (letters + rank), b % (letters + rank)]))
    .filter((pairs) => new Set(pairs.map(String)).size === pairs.length)
  const word = fc.array(fc.nat({ max: letters - 1 }), { maxLength: 40 })
  fc.assert(
    fc.property(merges, word, (pairs, ids) => {
      const table = new MergeTable(letters + pairs.length)
      pairs.forEach(([left, right], rank) => table.add(left, right, letters + rank))
      expect(table.apply(ids)).toEqual(applyByDefinition(pairs, ids))
    }),
    { numRuns: 1000 },
  )
})

test('a word of a hundred thousand symbols is merged in one go', () => {
  const table = new MergeTable(18)
  for (let level = 0; level < 17; level++) table.add(level, level, level + 1)
  expect(table.apply(new Array<number>(2 ** 17).fill(0))).toEqual([17])
})
