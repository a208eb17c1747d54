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

test('merging by looking, or with a heap, equals merging by definition', () => {
  // merge k may use the letters and the results of merges before it
  const merges = fc
    .array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 })
    .map((pairs) => pairs.map(([a, b], rank): Merge => [a % (letters + rank), b % (letters + rank)]))
    .filter((pairs) => new Set(pairs.map(String)).size === pairs.length)
  // on both sides of the length at which the method changes
  const word = fc.array(fc.nat({ max: letters - 1 }), { maxLength: 150, size: 'max' })
  fc.assert(
    fc.property(merges, word, (pairs, ids) => {
      const table = new MergeTable(pairs.map(([left, right], rank) => [left, right, letters + rank]))
      expect([...table.apply(Int32Array.from(ids))]).toEqual(applyByDefinition(pairs, ids))
    }),
    { numRuns: 1000 },
  )
})

test('a word of a hundred thousand symbols is merged in one go', () => {
  const table = new MergeTable(Array.from({ length: 17 }, (_, level) => [level, level, level + 1]))
  expect([...table.apply(new Int32Array(2 ** 17))]).toEqual([17])
})
